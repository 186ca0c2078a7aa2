--- What 32-bit programs do behind the back of rules for 64 bits, and what perm asks for.
local rules = require 'laudit_engine'.rules

local X86_64 = 0xc000003e

describe('a rule for b64', function()
  local function twins(text)
    return rules.twins(text, { arch = X86_64, knows = true })
  end

  it('is noted when none for b32 has its key', function()
    assert.same({ "test.rules:1: no rule with the key 'x' is for b32: programs of 32 bits pass " ..
      'unseen' }, twins '-a exit,always -F arch=b64 -S open -k x')
    assert.same({ 'test.rules:2: no rule without a key is for b32: programs of 32 bits pass ' ..
      'unseen' }, twins('-a exit,always -F arch=b32 -S open -k x\n' ..
      '-a exit,always -F arch=b64 -S open'))
    assert.same({ "test.rules:1: no rule with the keys 'x', 'y' is for b32: programs of 32 bits " ..
      'pass unseen' }, twins '-a exit,always -F arch=b64 -S open -k x -k y')
    local deleted = '-a exit,always -F arch=b64 -S open\n-d exit,always -F arch=b32 -S open'
    assert.equal(1, #twins(deleted))
  end)

  it('counts as long as it stays in the set, and so does its twin', function()
    local wide, narrow = '-a exit,always -F arch=b64 -S open -k x\n', '-a exit,always ' ..
      '-F arch=b32 -S open -k x\n'
    assert.same({}, twins(wide .. '-D\n'))
    assert.same({}, twins(wide .. '-d exit,always -F arch=b64 -S open -k x\n'))
    assert.equal(1, #twins(narrow .. '-D\n' .. wide))
    assert.equal(1, #twins(wide .. narrow .. '-d exit,always -F arch=b32 -S open -k x\n'))
    assert.same({}, twins(wide .. narrow))
  end)

  it('names the arch that is missing, where b32 is another', function()
    local line = '-a exit,always -F arch=%s -S openat -k x'
    assert.same({ "test.rules:1: no rule with the key 'x' is for arm: programs of 32 bits pass " ..
      'unseen' }, twins(line:format 'aarch64'))
    assert.matches('is for b32:', twins(line:format 'x86_64')[1])
    assert.equal(2, #twins(line:format 'aarch64' .. '\n' .. line:format 'b64'))
  end)

  it('is fine beside its twin, or when all of b32 is recorded', function()
    local one = '-a exit,always -F arch=b64 -S open -k x\n'
    assert.same({}, twins(one .. '-a exit,always -F arch=b32 -S open,creat -k x'))
    assert.same({}, twins(one .. '-a exit,always -F arch=b32 -S all -k 32bit'))
    assert.same({}, twins '-a exit,always -F arch=b32 -S open')
    assert.same({}, twins '-a exit,never -F arch=b64 -S open')
    assert.same({}, twins('-a exit,always -F arch=aarch64 -S openat\n' ..
      '-a exit,always -F arch=arm -S openat'))
    assert.same({}, twins '-a exit,always -F arch=ppc64le -S openat')
  end)
end)

describe('a rule with perm', function()
  local function calls(line, narrows)
    local world = { arch = X86_64, narrows_perm = narrows }
    return rules.read_text('-a exit,always ' .. line, 'a', world)[1].rule.calls
  end

  it('asks for all calls, as auditctl 3.0.9 makes it', function()
    assert.equal('all', calls('-F arch=b64 -F perm=x'))
  end)

  it('asks for those of perm on wish, as audit 4.x makes it', function()
    assert.same({ 59, 322 }, calls('-F arch=b64 -F perm=x', true))
    assert.same({ 11, 358 }, calls('-F arch=b32 -F perm=x', true))
    assert.same({ 2, 59, 89, 179, 191, 192, 193, 194, 195, 196, 257, 267, 322, 437, 443 },
      calls('-F path=/etc/passwd -F perm=rx -F arch=b64', true))
  end)

  it('keeps calls that are named, and all where nobody knows better', function()
    assert.same({ 2 }, calls('-F arch=b64 -S open -F perm=x', true))
    assert.equal('all', calls('-F perm=x', true))
    assert.equal('all', calls('-F arch!=b64 -F perm=x', true))
    assert.equal('all', calls('-F arch=sparc -F perm=x', true))
    local commands = rules.read_text('-w /etc/passwd -p x', 'a', { narrows_perm = true })
    assert.equal('all', commands[1].rule.calls)
  end)
end)
