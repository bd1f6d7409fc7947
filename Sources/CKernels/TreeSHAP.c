#include "TreeSHAP.h"

// Products and sums are rounded one by one, as everywhere else.
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && defined(__linux__)
#define FOR_SEVERAL_PROCESSORS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_SEVERAL_PROCESSORS
#endif
#define INLINE static inline __attribute__((always_inline))

// They lie in arrays of numbers, and are aligned as these are.
typedef double FourPoints __attribute__((ext_vector_type(4), aligned(8)));
typedef int64_t FourMasks __attribute__((ext_vector_type(4), aligned(8)));
typedef double Rows __attribute__((ext_vector_type(TREE_ROWS), aligned(8)));
typedef int64_t RowMasks __attribute__((ext_vector_type(TREE_ROWS), aligned(8)));

typedef struct {
    Rows at[4];
} RowPoints;

typedef struct {
    FourPoints hotRatio, coldRatio, hotWeight;
    double share, unused;
} Edge;

_Static_assert(sizeof(Edge) == 14 * sizeof(double), "An edge has fourteen numbers.");

// Products go down the tree, sums come back up; what a feature gets is added on the way. A row that left the path at an
// earlier node on the same feature (which is not "on" any more) goes both ways by their shares, and the feature gets nothing:
// numbers are chosen by masks, because a branch would be guessed wrong as often as not.

INLINE void addTree(
    const TreePass *tree, const FourPoints *coldWeight, const double *row, const TreeNode *nodes, const Edge *edges,
    FourPoints *sum, int64_t *hot, FourPoints *totals) {
    sum[2 * tree->count] = 1;
    hot[2 * tree->count] = -1;
    size_t index = 0;
    for (; index < tree->last; index++) {
        const TreeNode *node = nodes + index;
        const FourPoints product = sum[node->parent];
        const int64_t on = hot[node->previous];
        const FourMasks mask = on;
        const size_t to = 2 * index + (row[node->slot] < node->limit ? 0 : 1), from = to ^ 1;
        sum[to] = product * (mask ? edges[to].hotRatio : (FourPoints)edges[to].share);
        sum[from] = product * (mask ? edges[from].coldRatio : (FourPoints)edges[from].share);
        hot[to] = on;
        hot[from] = 0;
    }
    // Where both ways end, the sum below is there at once.
    for (; index < tree->count; index++) {
        const TreeNode *node = nodes + index;
        const FourPoints product = sum[node->parent];
        const FourMasks mask = hot[node->previous];
        const size_t to = 2 * index + (row[node->slot] < node->limit ? 0 : 1), from = to ^ 1;
        const FourPoints taken = product * (mask ? edges[to].hotRatio : (FourPoints)edges[to].share);
        const FourPoints passed = product * (mask ? edges[from].coldRatio : (FourPoints)edges[from].share);
        const FourPoints below = taken + passed;
        const FourPoints part =
            taken * edges[to].hotWeight - passed * *coldWeight - below * edges[node->previous].hotWeight;
        totals[node->feature] += (FourPoints)((FourMasks)part & mask);
        sum[node->parent] = below;
    }
    for (index = tree->last; index-- > 0;) {
        const TreeNode *node = nodes + index;
        const size_t left = 2 * index, to = left + 1 + hot[left];
        const FourMasks mask = hot[node->previous];
        const FourPoints below = sum[left] + sum[left + 1];
        const FourPoints part =
            sum[to] * edges[to].hotWeight - sum[to ^ 1] * *coldWeight - below * edges[node->previous].hotWeight;
        totals[node->feature] += (FourPoints)((FourMasks)part & mask);
        sum[node->parent] = below;
    }
}

FOR_SEVERAL_PROCESSORS
void addTreeShapleyValues(
    const TreeTables *trees, const double *values, size_t features, double *sum, int64_t *hot, double *totals) {
    for (size_t index = 0; index < trees->passCount; index++) {
        const TreePass *pass = trees->passes + index;
        addTree(
            pass, (const FourPoints *)trees->coldWeights + pass->rule, values, trees->nodes + pass->node,
            (const Edge *)trees->edges + pass->edge, (FourPoints *)sum, hot,
            (FourPoints *)totals + pass->output * features);
    }
}

INLINE void addTreeOfRows(
    const TreePass *tree, const double *coldWeight, const Rows *values, const TreeNode *nodes, const Edge *edges,
    RowPoints *sum, RowMasks *hot, RowPoints *totals) {
    for (int point = 0; point < 4; point++) sum[2 * tree->count].at[point] = 1;
    hot[2 * tree->count] = -1;
    size_t index = 0;
    for (; index < tree->last; index++) {
        const TreeNode *node = nodes + index;
        const Edge *left = edges + 2 * index, *right = left + 1;
        const RowMasks on = hot[node->previous], isLeft = values[node->slot] < node->limit;
        hot[2 * index] = on & isLeft;
        hot[2 * index + 1] = on & ~isLeft;
        for (int point = 0; point < 4; point++) {
            const Rows product = sum[node->parent].at[point];
            const Rows leftRatio = isLeft ? (Rows)left->hotRatio[point] : (Rows)left->coldRatio[point];
            const Rows rightRatio = isLeft ? (Rows)right->coldRatio[point] : (Rows)right->hotRatio[point];
            sum[2 * index].at[point] = product * (on ? leftRatio : (Rows)left->share);
            sum[2 * index + 1].at[point] = product * (on ? rightRatio : (Rows)right->share);
        }
    }
    for (; index < tree->count; index++) {
        const TreeNode *node = nodes + index;
        const Edge *left = edges + 2 * index, *right = left + 1;
        const RowMasks on = hot[node->previous], isLeft = values[node->slot] < node->limit;
        for (int point = 0; point < 4; point++) {
            const Rows product = sum[node->parent].at[point];
            const Rows leftRatio = isLeft ? (Rows)left->hotRatio[point] : (Rows)left->coldRatio[point];
            const Rows rightRatio = isLeft ? (Rows)right->coldRatio[point] : (Rows)right->hotRatio[point];
            const Rows toLeft = product * (on ? leftRatio : (Rows)left->share);
            const Rows toRight = product * (on ? rightRatio : (Rows)right->share);
            const Rows below = toLeft + toRight;
            const Rows hotWeight = isLeft ? (Rows)left->hotWeight[point] : (Rows)right->hotWeight[point];
            const Rows part = (isLeft ? toLeft : toRight) * hotWeight - (isLeft ? toRight : toLeft) * coldWeight[point]
                - below * edges[node->previous].hotWeight[point];
            totals[node->feature].at[point] += (Rows)((RowMasks)part & on);
            sum[node->parent].at[point] = below;
        }
    }
    for (index = tree->last; index-- > 0;) {
        const TreeNode *node = nodes + index;
        const Edge *left = edges + 2 * index, *right = left + 1;
        const RowMasks on = hot[node->previous], isLeft = hot[2 * index];
        for (int point = 0; point < 4; point++) {
            const Rows toLeft = sum[2 * index].at[point], toRight = sum[2 * index + 1].at[point];
            const Rows below = toLeft + toRight;
            const Rows hotWeight = isLeft ? (Rows)left->hotWeight[point] : (Rows)right->hotWeight[point];
            const Rows part = (isLeft ? toLeft : toRight) * hotWeight - (isLeft ? toRight : toLeft) * coldWeight[point]
                - below * edges[node->previous].hotWeight[point];
            totals[node->feature].at[point] += (Rows)((RowMasks)part & on);
            sum[node->parent].at[point] = below;
        }
    }
}

FOR_SEVERAL_PROCESSORS
void addTreeShapleyValuesOfRows(
    const TreeTables *trees, const double *values, size_t features, double *sum, int64_t *hot, double *totals) {
    for (size_t index = 0; index < trees->passCount; index++) {
        const TreePass *pass = trees->passes + index;
        addTreeOfRows(
            pass, trees->coldWeights + 4 * pass->rule, (const Rows *)values, trees->nodes + pass->node,
            (const Edge *)trees->edges + pass->edge, (RowPoints *)sum, (RowMasks *)hot,
            (RowPoints *)totals + pass->output * features);
    }
}
