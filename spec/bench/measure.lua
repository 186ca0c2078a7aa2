--- Measures commands by the processor seconds they take, the least of several runs.
local ffi = require 'ffi'

ffi.cdef [[
  struct timeval { long tv_sec, tv_usec; };
  struct rusage { struct timeval ru_utime, ru_stime; long ru_maxrss; long others[13]; };
  int getrusage(int who, struct rusage *usage);
]]

local CHILDREN = -1

local function children_seconds()
  local usage = ffi.new 'struct rusage'
  assert(ffi.C.getrusage(CHILDREN, usage) == 0)
  local function seconds(time)
    return tonumber(time.tv_sec) + tonumber(time.tv_usec) / 1e6
  end
  return seconds(usage.ru_utime) + seconds(usage.ru_stime)
end

local measure = {}

--- User and system seconds of `command` (run by sh on one processor): the least of `runs` runs.
-- Raises an error when the command fails: a failure is fast, and would make a fine figure.
function measure.seconds(command, runs)
  local least
  for _ = 1, runs do
    local before = children_seconds()
    local status = os.execute(('taskset -c 0 sh -c %q'):format(command))
    assert(status == 0 or status == true, 'failed: ' .. command)
    local took = children_seconds() - before
    least = math.min(least or took, took)
  end
  return least
end

--- What `seconds` for `events` are more than `base` and `loading`, in words. Two runs of the same
--- differ, so a difference below nothing is one that cannot be seen.
function measure.cost(seconds, base, loading, events)
  local ns = (seconds - base - loading) / events * 1e9
  local note = ns < 0 and ' (less than two runs of the same differ by)' or ''
  return ('%.0f ns an event%s; %.0f ms to load'):format(math.max(ns, 0), note, loading * 1e3)
end

return measure
