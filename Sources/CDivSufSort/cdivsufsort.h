// libdivsufsort's own C interface, as Debian's libdivsufsort-dev ships it: 32-bit suffix arrays.
#include <divsufsort.h>
