#ifndef HEADWALL_CCURL_SHIM_H
#define HEADWALL_CCURL_SHIM_H

// Wrappers only: curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift cannot call. One inline
// function for each type of argument; libcurl 7.85 or later.

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

typedef size_t (*headwall_curl_callback)(char *data, size_t size, size_t count, void *user);

static inline CURLcode headwall_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

static inline CURLcode headwall_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode headwall_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode headwall_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode headwall_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode headwall_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode headwall_curl_set_callback(CURL *easy, CURLoption option, headwall_curl_callback value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode headwall_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode headwall_curl_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, (char **)value);
}

// The next finished transfer, or NULL; its result goes to `result`.
static inline CURL *headwall_curl_multi_finished(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

#endif
