local function load(name)
  return dofile(('policies/lib/%s.lua'):format(name))
end

describe('what policies share', function()
  it('makes names whole', function()
    local path = load 'path'
    assert.equal('/etc/shadow', path.whole('/etc/shadow', '/tmp'))
    assert.equal('/etc/shadow', path.whole('shadow', '/etc'))
    assert.equal('/etc/shadow', path.whole('../etc//./shadow', '/tmp'))
    assert.equal('/etc/shadow', path.whole('/proc/self/root/etc/shadow', '/'))
    assert.equal('/etc/shadow', path.whole('/proc/1/root/proc/2/root/etc/shadow', '/'))
    assert.equal('/shadow', path.whole('../../../shadow', '/tmp'))
    assert.equal('/x', path.whole('x', nil))
    assert.equal('/', path.whole('..', '/tmp'))
  end)

  it('says who did it', function()
    local people = load 'people'
    local unset = 4294967295
    assert.equal('alice as root', people.acting { auid = 1000, AUID = 'alice', euid = 0 })
    assert.equal('alice', people.acting { auid = 1000, AUID = 'alice', euid = 1000 })
    assert.equal('User 1000 as user 33', people.acting { auid = 1000, euid = 33 })
    assert.equal('A service running as www-data',
      people.acting { auid = unset, uid = 33, UID = 'www-data', euid = 33, EUID = 'www-data' })
    assert.equal('A service running as root', people.acting { auid = unset, uid = 33, euid = 0 })
    assert.equal('Somebody', people.acting { auid = -1, uid = -1 })
    assert.equal('Somebody', people.login {})
  end)

  it('writes rules for both ways into the kernel', function()
    assert.equal('-a always,exit -F arch=b64 -S chmod -k x\n' ..
      '-a always,exit -F arch=b32 -S chmod -k x\n' ..
      '-a always,exit -F arch=b32 -S socketcall -k x', load 'rules' [[
        -S chmod -k x
        -a always,exit -F arch=b32 -S socketcall -k x
      ]])
  end)

  it('knows the accounts of web servers by name, else by number', function()
    local is_web = load 'web_account'
    assert.is_truthy(is_web { uid = 33 })
    assert.is_truthy(is_web { uid = 998, UID = 'nginx' })
    assert.is_falsy(is_web { uid = 33, UID = 'somebody' })
    assert.is_falsy(is_web { uid = 34 })
  end)
end)
