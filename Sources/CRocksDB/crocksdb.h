// RocksDB's own C interface, as Debian's librocksdb-dev ships it.
#include <rocksdb/c.h>
