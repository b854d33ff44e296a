// zlib's own C interface, as Debian's zlib1g-dev ships it: inflating what gzip deflated.
#include <zlib.h>

// `inflateInit2` is a macro, which Swift doesn't see; 31: the largest window, behind gzip's header.
static inline int czlib_start(z_stream *stream) { return inflateInit2(stream, 31); }
