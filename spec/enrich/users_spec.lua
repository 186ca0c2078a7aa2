local enrich = require('laudit_engine').enrich

local function write(path, text)
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
end

describe('users', function()
  local passwd, group, opened

  before_each(function()
    passwd, group, opened = os.tmpname(), os.tmpname(), {}
    write(passwd, 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\n' ..
      'big:x:4000000000:1::/:/\n' ..
      '# comment\n+nis\nbroken\n:x:5:5::\nneg:x:-1:1::/:/\ntwin:x:1000:1::/:/\n' ..
        'last:x:77:7::/:/bin/sh')
    write(group, 'root:x:0:\nusers:x:100:alice,bob\n')
  end)

  after_each(function()
    for _, users in ipairs(opened) do users:close() end
    os.remove(passwd)
    os.remove(group)
  end)

  local function open(has_loop)
    local users = enrich.users(passwd, group, has_loop)
    opened[#opened + 1] = users
    return users
  end

  it('are known by the files, the first name of an id comes first', function()
    local users = open(false)
    assert.same({ 'root', 'alice', 'big', 'last' },
      { users:name(0), users:name(1000), users:name(4000000000), users:name(77) })
    assert.same({ 'root', 'users' }, { users:group_name(0), users:group_name(100) })
    assert.same({ 1000, 1000 }, { users:id 'alice', users:id 'twin' })
  end)

  it('are read anew when the file changes', function()
    local users = open(false)
    write(passwd, 'carol:x:1000:1000::/:/bin/sh\n')
    assert.equal('alice', users:name(1000))
    users:tick(1)
    assert.equal('carol', users:name(1000))
  end)

  it('say when names may be others: after each tick and each answer', function()
    local users, epochs = open(false), {}
    local function look() epochs[#epochs + 1] = users:epoch() end
    look()
    users:name(1000)
    look() -- the file's names stay
    users:tick(1)
    look()
    users:name(3999999999)
    look() -- NSS was asked
    assert.is_true(epochs[1] > 0)
    assert.same({ true, false, false },
      { epochs[1] == epochs[2], epochs[2] == epochs[3], epochs[3] == epochs[4] })
  end)

  it('stay known when the file goes away', function()
    local users = open(false)
    os.remove(passwd)
    users:tick(1)
    assert.equal('alice', users:name(1000))
  end)

  it('that no file knows are asked for at once without a loop', function()
    write(passwd, 'alice:x:1000:1000::/:/bin/sh\n')
    local users = open(false)
    assert.equal('root', users:name(0)) -- this host's NSS
    assert.is_nil(users:name(3999999999))
  end)

  it('that no file knows are asked for on the thread pool with one', function()
    write(passwd, 'alice:x:1000:1000::/:/bin/sh\n')
    local users = open(true)
    assert.is_nil(users:name(0))
    assert.is_nil(users:name(3999999999))
    users:run()
    assert.equal('root', users:name(0))
    assert.is_nil(users:name(3999999999))
  end)

  it('are asked for again when an answer is old', function()
    write(passwd, '\n')
    local users = open(true)
    users:tick(1000)
    users:name(0)
    users:run()
    assert.equal('root', users:name(0))
    users:tick(1000 + 600001)
    assert.is_nil(users:name(0))
    users:run()
    assert.equal('root', users:name(0))
  end)

  it('can be closed with lookups under way', function()
    write(passwd, '\n')
    local users = open(true)
    for id = 5000, 5100 do users:name(id) end
    assert.same({ true, true }, { users:close() })
    users = open(true)
    assert.same({ false, true }, { users:close() })
  end)
end)

describe('answers', function()
  it('are kept until they expire, nobody too', function()
    assert.same({ 'missing', 'alice', 'nobody', 'pending', 'missing', 'bob' }, enrich.answers {
      { 'find', 7, 0 },
      { 'put', 7, 'name', 'alice', 10 }, { 'find', 7, 9 },
      { 'put', 8, 'nobody', '', 10 }, { 'find', 8, 9 },
      { 'put', 9, 'pending', '', 10 }, { 'find', 9, 9 },
      { 'find', 7, 10 },
      { 'put', 7, 'name', 'bob', 30 }, { 'find', 7, 10 },
    })
  end)

  it('are bounded: old ones make room', function()
    local steps = {}
    for id = 1, 20000 do steps[id] = { 'put', id, 'name', 'n' .. id, 10 } end
    for id = 1, 20000 do steps[#steps + 1] = { 'find', id, 0 } end
    local known = 0
    for id, name in ipairs(enrich.answers(steps)) do
      if name ~= 'missing' then
        known = known + 1
        assert.equal('n' .. id, name)
      end
    end
    assert.is_true(known > 1000 and known <= 2048)
  end)
end)
