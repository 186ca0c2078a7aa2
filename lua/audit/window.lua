--- audit.window { seconds =, max = }: how often something happened lately, by key, on the event's
-- clock. Bounded in keys (`max`), moments and bytes: what was quiet longest goes first.
local _, native = ...

local MAX = 10000 -- keys, unless the policy says otherwise
local MOMENTS_MOST = 1000 -- of one key; beyond, the two oldest become one
local MOMENTS_IN_ALL = 100000 -- of one window
local KEY_BYTES_IN_ALL = 8388608 -- of one window
local KEYS_MOST = 50000 -- of one window

local window = {}
window.__index = window
window.__metatable = false

--- Links of all keys, from the one that was quiet longest to the latest.
local function unlink(self, entry)
  entry.before.after = entry.after
  entry.after.before = entry.before
  self.size = self.size - 1
end

local function append(self, entry)
  local ends = self.ends
  entry.before, entry.after = ends.before, ends
  ends.before.after = entry
  ends.before = entry
  self.size = self.size + 1
end

local function key_bytes(key)
  return type(key) == 'string' and #key or 0
end

local function remove(self, entry)
  unlink(self, entry)
  self.entries[entry.key] = nil
  self.moments = self.moments - (entry.last - entry.first + 1)
  self.bytes = self.bytes - key_bytes(entry.key)
end

--- Makes room for a new key.
local function make_room(self, key)
  local bytes = KEY_BYTES_IN_ALL - key_bytes(key)
  while self.size > 0 and (self.size >= self.max or self.bytes > bytes) do
    remove(self, self.ends.after)
  end
end

--- Forgets what is older than the window.
local function expire(self, entry, now)
  local oldest = now - self.seconds
  local times, counts = entry.times, entry.counts
  while entry.first <= entry.last and times[entry.first] <= oldest do
    entry.total = entry.total - counts[entry.first]
    times[entry.first], counts[entry.first] = nil, nil
    entry.first = entry.first + 1
    self.moments = self.moments - 1
  end
end

--- Two keys at most, so that each call does a little.
local function sweep(self, now)
  for _ = 1, 2 do
    local quiet = self.ends.after
    if quiet == self.ends then
      return
    end
    expire(self, quiet, now)
    if quiet.total > 0 then
      return
    end
    remove(self, quiet)
  end
end

--- The two oldest moments of a key become one.
local function coarsen(self, entry)
  local first = entry.first
  entry.counts[first + 1] = entry.counts[first + 1] + entry.counts[first]
  entry.times[first], entry.counts[first] = nil, nil
  entry.first = first + 1
  self.moments = self.moments - 1
end

--- Keeps the window small: at the cost of the key that takes the room, where it takes more than its
-- share, else of the one that was quiet longest.
local function bound(self, entry)
  if entry.last - entry.first >= MOMENTS_MOST then
    coarsen(self, entry)
  end
  if self.moments <= MOMENTS_IN_ALL then
    return
  end
  for _ = 1, 2 do
    if self.moments > MOMENTS_IN_ALL then
      if entry.last - entry.first >= self.share then
        coarsen(self, entry)
      elseif self.ends.after ~= entry then
        remove(self, self.ends.after)
      end
    end
  end
end

local function note(self, entry, now, count)
  local last = entry.last
  if last >= entry.first and entry.times[last] >= now then
    entry.counts[last] = entry.counts[last] + count
  else
    entry.last = last + 1
    entry.times[last + 1], entry.counts[last + 1] = now, count
    self.moments = self.moments + 1
  end
  entry.total = entry.total + count
  bound(self, entry)
end

local function find(self, key, now, level)
  if key == nil then
    error('window: expected a key, found nil', level)
  end
  local entry = self.entries[key]
  if entry then
    expire(self, entry, now)
  end
  return entry
end

local function check_count(count)
  if count == nil then
    return 1
  end
  if type(count) ~= 'number' or count <= 0 or count ~= count then
    error('window: expected a number above 0, found ' .. tostring(count), 3)
  end
  return count
end

--- Adds `count` for `key` now; returns its entry.
local function add(self, key, count)
  local now = native.now()
  local entry = find(self, key, now, 4)
  if not entry then
    sweep(self, now)
    make_room(self, key)
    self.bytes = self.bytes + key_bytes(key)
    entry = { key = key, times = {}, counts = {}, first = 1, last = 0, total = 0 }
    self.entries[key] = entry
    append(self, entry)
  elseif self.ends.before ~= entry then
    unlink(self, entry)
    append(self, entry)
  end
  if entry.total == 0 then
    entry.was_reached = nil
  end
  note(self, entry, now, count)
  return entry
end

--- Adds `count` (1) for `key` now; returns how much the last `seconds` hold.
function window:add(key, count)
  return add(self, key, check_count(count)).total
end

--- Adds, and returns true when that reaches `limit`: once, until the key was quiet for a whole
-- window. The second result is the count.
function window:reached(key, limit, count)
  if type(limit) ~= 'number' then
    error('window: expected a number as limit, found ' .. tostring(limit), 2)
  end
  local entry = add(self, key, check_count(count))
  local total = entry.total
  if total < limit or entry.was_reached then
    return false, total
  end
  entry.was_reached = true
  return true, total
end

--- How much the last `seconds` hold for `key`, without adding.
function window:count(key)
  local entry = find(self, key, native.now(), 3)
  return entry and entry.total or 0
end

--- Forgets `key`.
function window:forget(key)
  local entry = self.entries[key]
  if entry then
    remove(self, entry)
  end
end

return function(given)
  if type(given) ~= 'table' then
    error('audit.window: expected { seconds = ..., max = ... }, found ' .. type(given), 2)
  end
  for key in pairs(given) do
    if key ~= 'seconds' and key ~= 'max' then
      error(("audit.window: unknown key '%s'; it has seconds and max"):format(tostring(key)), 2)
    end
  end
  local seconds, max = given.seconds, given.max or MAX
  if type(seconds) ~= 'number' or seconds <= 0 or seconds ~= seconds then
    error('audit.window: expected seconds above 0, found ' .. tostring(seconds), 2)
  end
  if type(max) ~= 'number' or not (max >= 1 and max <= KEYS_MOST) then
    error(('audit.window: expected max of at least 1 and at most %d, found %s'):format(KEYS_MOST,
      tostring(max)), 2)
  end
  local ends = {}
  ends.before, ends.after = ends, ends
  return setmetatable({
    seconds = seconds,
    max = max,
    share = math.max(2, math.floor(MOMENTS_IN_ALL / max)), -- moments of one key in a full window
    entries = {},
    ends = ends,
    size = 0, -- keys
    moments = 0,
    bytes = 0, -- of keys
  }, window)
end
