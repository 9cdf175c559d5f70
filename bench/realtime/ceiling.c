/*
 * The ceiling: one process, one epoll, one write(2) per stream, and nothing else. It parses no
 * more of HTTP than this benchmark's client says, and copes with no slow reader.
 *
 *   ceiling PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 20000, READ = 1 << 16 };

static const char HEAD[] =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n\r\n"
    "event: heartbeat\ndata: 0\n\n";
static const char ACCEPTED[] = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
static const char START[] = "event: message-update\nid: "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\ndata: ";

static int stream_of[MOST], streams;
static char buffer[READ], frame[READ];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void fan_out(const char *body) {
    int size = snprintf(frame, sizeof frame, "%s%s\n\n", START, body);
    for (int i = 0; i < streams; i++)
        if (write(stream_of[i], frame, (size_t)size) != size) fail("write");
}

static void forget(int fd) {
    for (int i = 0; i < streams; i++)
        if (stream_of[i] == fd) stream_of[i--] = stream_of[--streams];
    close(fd);
}

static void serve(int fd) {
    ssize_t got = read(fd, buffer, sizeof buffer - 1);
    if (got <= 0) {
        forget(fd);
        return;
    }
    buffer[got] = 0;
    if (!strncmp(buffer, "GET", 3)) {
        if (write(fd, HEAD, sizeof HEAD - 1) < 0 || streams == MOST) fail("a stream");
        stream_of[streams++] = fd;
        return;
    }
    char *body = strstr(buffer, "\r\n\r\n");
    if (!body) fail("a body in two parts");
    fan_out(body + 4);
    if (write(fd, ACCEPTED, sizeof ACCEPTED - 1) < 0) fail("answer");
}

int main(int count, char **args) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct epoll_event events[512];
    int on = 1, poll = epoll_create1(EPOLL_CLOEXEC);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (count != 2) return 2;
    signal(SIGPIPE, SIG_IGN);
    address.sin_port = htons((uint16_t)atoi(args[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 4096))
        fail("listen");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, 512, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd != listener) {
                serve(fd);
                continue;
            }
            event.data.fd = accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (event.data.fd < 0) continue;
            setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
        }
    }
}
