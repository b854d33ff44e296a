// SQLite's own C interface, as Debian's libsqlite3-dev ships it.
#include <sqlite3.h>
