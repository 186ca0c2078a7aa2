--- A dead-letter file on a disk that takes its time.
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local sending = require 'spec.output.sending'
local web = require 'spec.output.web'

--- Stands in front of the C library: opening the file `dead` takes 0.3 s, and a file tells in which
--- thread.
local SLOW_OPEN = [[
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    va_list rest;

    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    if (strcmp(path, "dead") == 0) {
        int fd = real("threads", O_WRONLY | O_CREAT | O_APPEND, 0600);

        write(fd, gettid() == getpid() ? "loop\n" : "beside\n", gettid() == getpid() ? 5 : 7);
        close(fd);
        usleep(300000);
    }
    return real(path, flags, mode);
}
]]

if web.missing() then
  pending('dead letters: ' .. web.missing())
  return
end

describe('a dead-letter file', function()
  it('is written beside the loop, one batch after another', function()
    local server = web.start { answer = 'return function() return 400 end' }
    local folder = peer.folder()
    finally(function()
      server:remove()
      peer.shell('rm -rf ' .. folder)
    end)
    peer.write(folder .. '/slow.c', SLOW_OPEN)
    assert.equal('', (peer.shell(('gcc -shared -fPIC -w -o %s/slow.so %s/slow.c'):format(folder,
      folder))))
    local run = sending.start(("type = 'http', url = '%s', batch = { events = 2 }, " ..
      "dead_letter = 'dead'"):format(server:url '/'), process.log(1, 6), nil,
      ('LD_PRELOAD=%s/slow.so ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0'):format(folder))
    local threads
    assert.is_true(peer.wait(function()
      threads = peer.read(run.folder .. '/threads')
      return threads == ('beside\n'):rep(3)
    end), threads)
    local result = sending.finish(run)
    assert.same({ 1, 2, 3, 4, 5, 6 }, process.serials(result.dead))
    assert.equal(6, result.counts.dropped, result.err)
  end)
end)
