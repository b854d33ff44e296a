// What Swift can't say to libmicrohttpd itself: variadic calls, a union, and macro constants.
#ifndef CMICROHTTPD_H
#define CMICROHTTPD_H

#include <microhttpd.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#ifndef POLLRDHUP
#define POLLRDHUP 0x2000  // Linux's own, hidden unless all GNU extensions are asked for
#endif

// Leaves percent escapes in place: the library would decode %00 into the end of a C string.
static inline size_t cmicrohttpd_keep_escapes(
    void *context, struct MHD_Connection *connection, char *text) {
  (void)context;
  (void)connection;
  return strlen(text);
}

// One polling thread over an already bound and listening socket; null if it can't start.
static inline struct MHD_Daemon *cmicrohttpd_start(
    int listener, unsigned int connections, size_t bytes_per_connection,
    unsigned int idle_seconds, MHD_AccessHandlerCallback handle,
    MHD_RequestCompletedCallback completed, MHD_NotifyConnectionCallback came_or_went,
    void *context) {
  return MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL,
      handle, context, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT,
      connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, bytes_per_connection,
      MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds, MHD_OPTION_STRICT_FOR_CLIENT, 1,
      MHD_OPTION_UNESCAPE_CALLBACK, cmicrohttpd_keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED,
      completed, context, MHD_OPTION_NOTIFY_CONNECTION, came_or_went, context, MHD_OPTION_END);
}

// Ends a connection that the library still watches: it finds the other side gone and closes it.
static inline void cmicrohttpd_hang_up(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (info) shutdown(info->connect_fd, SHUT_RDWR);
}

// Whether the client of a suspended connection has hung up; the library watches only the others.
static inline int cmicrohttpd_is_client_gone(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (!info) return 1;
  struct pollfd watch = {.fd = info->connect_fd, .events = POLLRDHUP, .revents = 0};
  return poll(&watch, 1, 0) > 0;
}

// A body of unknown length: chunked, produced piece by piece.
static inline struct MHD_Response *cmicrohttpd_stream(
    size_t block, MHD_ContentReaderCallback read, void *context,
    MHD_ContentReaderFreeCallback release) {
  return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, block, read, context, release);
}

static const ssize_t cmicrohttpd_end = MHD_CONTENT_READER_END_OF_STREAM;
static const ssize_t cmicrohttpd_broken = MHD_CONTENT_READER_END_WITH_ERROR;

#endif
