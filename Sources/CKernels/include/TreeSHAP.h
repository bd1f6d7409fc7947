// The inner loops of exact Shapley values of trees: one row, its four points of the quadrature side by side; or eight rows
// side by side. Every operation is that of each number alone, so the bits are the same in both and on all processors.
#ifndef HEADWALL_TREESHAP_H
#define HEADWALL_TREESHAP_H

#include <stddef.h>
#include <stdint.h>

/// Rows that are taken together.
enum { TREE_ROWS = 8 };

/// An inner node. Its edges stand at 2k (left) and 2k + 1; after those of all nodes stands the root's own edge.
typedef struct {
    double limit;
    uint32_t slot;
    uint32_t feature;
    /// Edge that leads here.
    uint32_t parent;
    /// The nearest edge above that asked for the same feature; the root's own if there is none.
    uint32_t previous;
} TreeNode;

/// One tree at four points; trees with many features on a path have several.
typedef struct {
    size_t node;
    size_t count;
    /// The first of those nodes that have two leaves: both ways through them are one step.
    size_t last;
    size_t edge;
    /// Which of the cold weights.
    size_t rule;
    /// Which output it adds to.
    size_t output;
} TreePass;

/// Trees and their tables. All positions are in range.
typedef struct {
    const TreePass *passes;
    size_t passCount;
    /// Four numbers each: w ÷ (1 − t), what the sum below a cold edge counts for.
    const double *coldWeights;
    const TreeNode *nodes;
    /// Fourteen numbers each. Four are what the product is multiplied with when the row goes this way, the leaf's value
    /// included; four the same when the row left the path only here; four what the sum below counts for when the row goes
    /// this way, (1 − z) w ÷ (z (1 − t) + t). Then the share of the parent's training rows that went this way, times the
    /// leaf's value, and one that is not used. Of the root's own edge all are 0.
    const double *edges;
} TreeTables;

/// Adds what each feature of a row gets from every tree, in the order of the trees.
///
/// `values` are those of the slots. `sum` and `hot` are workspaces for the edges of the largest tree, four numbers and one
/// each. `totals` has four sums for each feature of each output.
void addTreeShapleyValues(
    const TreeTables *trees, const double *values, size_t features, double *sum, int64_t *hot, double *totals);

/// The same of `TREE_ROWS` rows: wherever there is one number above, there are those of all rows, one after the other.
void addTreeShapleyValuesOfRows(
    const TreeTables *trees, const double *values, size_t features, double *sum, int64_t *hot, double *totals);

#endif
