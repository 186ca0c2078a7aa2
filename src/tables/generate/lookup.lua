--- A perfect hash of names: hash and displace, as src/tables/lookup.h reads it.
local bit = require 'bit'
local rows = require 'rows'

local lookup = {}

local BUCKETS = 256
local SLOTS = 1024
local NONE = 0xFFFF
local FOLD = 0x2020202020202020ULL

local function word(bytes)
  local value = 0ULL
  for i = #bytes, 1, -1 do
    value = value * 256 + bytes:byte(i)
  end
  return value
end

--- The same as lookup_words of lookup.h.
local function words_of(name)
  if #name >= 8 then return word(name:sub(1, 8)), word(name:sub(-8)) end
  if #name >= 4 then return word(name:sub(1, 4)), word(name:sub(-4)) end

  local middle = math.floor(#name / 2) + 1
  return word(name:sub(1, 1) .. name:sub(middle, middle) .. name:sub(-1)), 0ULL
end

--- The same as lookup_hash of lookup.h.
local function hash_of(name, seed)
  local head, tail = words_of(name)
  head, tail = bit.bor(head, FOLD), bit.bor(tail, FOLD)
  local mixed = (head + #name) * seed
  return bit.bxor(mixed, bit.rshift(mixed, 32), tail) * seed
end

local function bucket_of(hash)
  return tonumber(bit.rshift(hash, 56))
end

local function slot_of(hash, displacement)
  return tonumber(bit.band(bit.bxor(bit.rshift(hash, 46), displacement), SLOTS - 1))
end

local function fits(bucket, slots, displacement)
  local taken = {}
  for _, entry in ipairs(bucket) do
    local slot = slot_of(entry.hash, displacement)
    if slots[slot] or taken[slot] then return false end
    taken[slot] = true
  end
  return true
end

local function place(bucket, slots)
  for displacement = 0, SLOTS - 1 do
    if fits(bucket, slots, displacement) then
      for _, entry in ipairs(bucket) do
        slots[slot_of(entry.hash, displacement)] = entry.row
      end
      return displacement
    end
  end
end

--- Displacements and slots for `seed`; nil when it leaves a collision.
local function try(list, seed)
  local buckets = {}
  for i = 1, BUCKETS do
    buckets[i] = { index = i }
  end
  for i, item in ipairs(list) do
    local hash = hash_of(item.name, seed)
    table.insert(buckets[bucket_of(hash) + 1], { row = i - 1, hash = hash })
  end
  table.sort(buckets, function(a, b)
    if #a ~= #b then return #a > #b end
    return a.index < b.index
  end)

  local displacements, slots = {}, {}
  for _, bucket in ipairs(buckets) do
    local displacement = place(bucket, slots)
    if not displacement then return nil end
    displacements[bucket.index] = displacement
  end
  return displacements, slots
end

local function hex(value)
  return ('0x%sULL'):format(bit.tohex(value))
end

local function keys_of(list)
  local keys = {}
  for i, item in ipairs(list) do
    local head, tail = words_of(item.name)
    keys[i] = ('{ { %s, %s }, %d }, /* %s */\n'):format(hex(head), hex(tail), #item.name, item.name)
  end
  return table.concat(keys)
end

--- The initializer of a struct lookup that finds each name's row in `list`.
function lookup.format(source, list)
  local seed = 0x9E3779B97F4A7C15ULL
  for _ = 1, 1000 do
    local displacements, slots = try(list, seed)
    if displacements then
      local dense = {}
      for i = 0, SLOTS - 1 do
        dense[i + 1] = slots[i] or NONE
      end
      return rows.header('the perfect hash of ' .. source)
        .. ('.seed = %s,\n'):format(hex(seed))
        .. '.displacements = {\n' .. rows.numbers(displacements) .. '},\n'
        .. '.rows = {\n' .. rows.numbers(dense) .. '},\n'
        .. '.keys = (const struct lookup_key[]){\n' .. keys_of(list) .. '},\n'
    end
    seed = seed + 2 * 0xD1B54A32D192ED03ULL
  end
  error('no seed makes a perfect hash of ' .. source, 0)
end

return lookup
