// The part of ONNX Runtime's C interface that is used here, so that no header of it is needed to build.
//
// The library hands out a table of functions whose order never changes, since new ones are only added at its end: a
// function is its place in the table. Only places and signatures stand here.
#ifndef HEADWALL_CONNXRUNTIME_SHIM_H
#define HEADWALL_CONNXRUNTIME_SHIM_H

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

// The version of the table that is asked for; every function below is in it.
enum { HEADWALL_ORT_API_VERSION = 11, HEADWALL_ORT_FLOAT = 1, HEADWALL_ORT_WARNING = 2 };

typedef struct {
    const void *const *(*table)(uint32_t version);
    const char *(*version)(void);
} headwall_ort_base;

// The table of a library by its path or name; NULL where it cannot be loaded or is too old.
static inline const void *const *headwall_ort_open(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return NULL;
    const headwall_ort_base *(*base)(void) = (const headwall_ort_base *(*)(void))dlsym(library, "OrtGetApiBase");
    return base ? base()->table(HEADWALL_ORT_API_VERSION) : NULL;
}

// Every call gives NULL where it succeeds, otherwise a status that is to be released.
#define HEADWALL_ORT(place, ...) ((void *(*)(__VA_ARGS__))table[place])
#define HEADWALL_ORT_RELEASE(place) ((void (*)(void *))table[place])

static inline void *headwall_ort_environment(const void *const *table, void **made) {
    return HEADWALL_ORT(3, int, const char *, void **)(HEADWALL_ORT_WARNING, "headwall", made);
}
static inline void *headwall_ort_options(const void *const *table, void **made) {
    return HEADWALL_ORT(10, void **)(made);
}
static inline void *headwall_ort_one_thread(const void *const *table, void *options) {
    return HEADWALL_ORT(24, void *, int)(options, 1);
}
static inline void *headwall_ort_session(
    const void *const *table, void *environment, const void *bytes, size_t count, void *options, void **made) {
    return HEADWALL_ORT(8, void *, const void *, size_t, void *, void **)(environment, bytes, count, options, made);
}
static inline void *headwall_ort_memory(const void *const *table, void **made) {
    // An arena allocator's memory of the default kind, in main memory.
    return HEADWALL_ORT(69, int, int, void **)(1, 0, made);
}
static inline void *headwall_ort_tensor(
    const void *const *table, void *memory, float *numbers, size_t bytes, const int64_t *shape, size_t sides, void **made) {
    return HEADWALL_ORT(49, void *, void *, size_t, const int64_t *, size_t, int, void **)(
        memory, numbers, bytes, shape, sides, HEADWALL_ORT_FLOAT, made);
}
static inline void *headwall_ort_run(
    const void *const *table, void *session, const char *input, void *tensor, const char *output, void **made) {
    const char *inputs[1] = {input};
    const void *tensors[1] = {tensor};
    const char *outputs[1] = {output};
    return HEADWALL_ORT(
        9, void *, const void *, const char *const *, const void *const *, size_t, const char *const *, size_t, void **)(
        session, NULL, inputs, tensors, 1, outputs, 1, made);
}
static inline void *headwall_ort_numbers(const void *const *table, void *tensor, void **numbers) {
    return HEADWALL_ORT(51, void *, void **)(tensor, numbers);
}
// How many numbers a tensor has.
static inline void *headwall_ort_shape(const void *const *table, void *tensor, void **made) {
    return HEADWALL_ORT(65, void *, void **)(tensor, made);
}
static inline void *headwall_ort_count(const void *const *table, void *shape, size_t *count) {
    return HEADWALL_ORT(64, void *, size_t *)(shape, count);
}
static inline void *headwall_ort_kind(const void *const *table, void *shape, int *kind) {
    return HEADWALL_ORT(60, void *, int *)(shape, kind);
}
static inline void headwall_ort_release_environment(const void *const *table, void *it) { HEADWALL_ORT_RELEASE(92)(it); }
static inline void headwall_ort_release_status(const void *const *table, void *it) { HEADWALL_ORT_RELEASE(93)(it); }
static inline void headwall_ort_release_memory(const void *const *table, void *it) { HEADWALL_ORT_RELEASE(94)(it); }
static inline void headwall_ort_release_session(const void *const *table, void *it) { HEADWALL_ORT_RELEASE(95)(it); }
static inline void headwall_ort_release_tensor(const void *const *table, void *it) { HEADWALL_ORT_RELEASE(96)(it); }
static inline void headwall_ort_release_shape(const void *const *table, void *it) { HEADWALL_ORT_RELEASE(99)(it); }
static inline void headwall_ort_release_options(const void *const *table, void *it) { HEADWALL_ORT_RELEASE(100)(it); }

#endif
