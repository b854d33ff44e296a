// The kernels for any processor.
#include <cmath>
#include <initializer_list>
#include <type_traits>

#include "kernels.h"
#include "lanes_portable.h"

namespace whence::decoder::portable {
namespace {
#include "pointwise_lanes.h"
#include "product_lanes.h"
// After the first, whose helpers it uses.
#include "attention_lanes.h"
}  // namespace

const Kernels kernels{"portable", prepare,     multiply,      normalise, accumulate, gateUp,
                      rotate,     writeKeyValue, attend,       project,   expand,     largestIndex};

}  // namespace whence::decoder::portable
