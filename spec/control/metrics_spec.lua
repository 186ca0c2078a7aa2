--- The list of metrics, Prometheus' text and statsd's datagrams, from ledgers whose numbers differ.
local cjson = require 'cjson'
local metrics = require('laudit_engine').metrics

local process = require 'spec.cli.process'
local rows = require 'spec.control.metric_rows'

local ALL = { outputs = { { name = 'local', kind = 'file' }, { name = 'soc', kind = 'http' } },
  policies = { 'root-shell' }, kernel = true }

local function find(series, name, labels)
  for _, each in ipairs(series) do
    local is_it = each.name == name
    for label, value in pairs(labels or {}) do
      is_it = is_it and each.labels[label] == value
    end
    if is_it then
      return each.value
    end
  end
end

describe('the list of metrics', function()
  it('has names as Prometheus wants them, each once', function()
    local seen = {}
    for _, metric in ipairs(metrics.list()) do
      assert.matches('^laudit_[a-z_]+$', metric.name)
      assert.is_nil(seen[metric.name])
      seen[metric.name] = true
      assert.equal(metric.type == 'counter', metric.name:match '_total$' ~= nil, metric.name)
      assert.matches('^[%u%d].*[^.]$', metric.help)
    end
  end)

  it('has statsd names that are never the same', function()
    local seen = {}
    for _, metric in ipairs(metrics.list()) do
      if metric.statsd then
        local scope = (metric.scope == 'output' or metric.scope == 'policy') and metric.scope or ''
        assert.is_nil(seen[scope .. metric.statsd], metric.statsd)
        seen[scope .. metric.statsd] = true
      end
    end
  end)

  it('is served whole, with its types and meanings', function()
    local _, types, helps = rows.parse(metrics.ledger(ALL):prometheus())
    for _, metric in ipairs(metrics.list()) do
      if metric.scope ~= 'files' then
        assert.equal(metric.type, types[metric.name], metric.name)
        assert.equal(metric.help, helps[metric.name])
        types[metric.name] = nil
      end
    end
    assert.same({}, types)
  end)

  it('counts what only the kernel or only files have where they are', function()
    local kernel = metrics.ledger { kernel = true }:prometheus()
    local files = metrics.ledger { files = true }:prometheus()
    assert.matches('laudit_kernel_lost_records_total', kernel)
    assert.is_nil(kernel:match 'laudit_log_')
    assert.matches('laudit_log_garbage_lines_total', files)
    assert.is_nil(files:match 'laudit_kernel_')
  end)
end)

local function label_list(metric)
  local labels = {}
  if metric.scope == 'output' or metric.scope == 'policy' then
    labels[1] = '`' .. metric.scope .. '`'
  end
  if metric.label then
    table.insert(labels, '`' .. metric.label .. '`')
  end
  return table.concat(labels, ', ')
end

local function statsd_name(metric)
  local scopes = { output = 'output.NAME.', policy = 'policy.NAME.' }
  if not metric.statsd then
    return ''
  end
  local word = metric.label and '.' .. metric.label:upper() or ''
  return '`' .. (scopes[metric.scope] or '') .. metric.statsd .. word .. '`'
end

describe('docs/metrics.md', function()
  it('says of each metric what the program says', function()
    local documented = rows.documented()
    for _, metric in ipairs(metrics.list()) do
      local row = assert(documented[metric.name], metric.name .. ' is not documented')
      assert.same({ type = metric.type, labels = label_list(metric),
        statsd = statsd_name(metric), json = row.json, help = metric.help }, row, metric.name)
      documented[metric.name] = nil
    end
    assert.same({}, documented)
  end)

  it('names the words of the labels', function()
    local text = process.read 'docs/metrics.md'
    for _, metric in ipairs(metrics.list()) do
      for _, word in ipairs(metric.name ~= 'laudit_build_info' and metric.words or {}) do
        assert.is_truthy(text:find('`' .. word .. '`', 1, true), metric.label .. ' ' .. word)
      end
    end
  end)
end)

describe('metrics and the ledger', function()
  it('agree number for number', function()
    for _, ledger in ipairs { metrics.ledger(ALL), metrics.ledger { files = true } } do
      local wrong, count = rows.compare(cjson.decode(ledger:json()), ledger:prometheus())
      assert.same({}, wrong)
      assert.is_true(count > 15)
    end
  end)

  it('leave no number of the ledger out', function()
    local numbers = {}
    local function collect(value)
      if type(value) == 'number' then
        numbers[value] = true
      elseif type(value) == 'table' then
        for _, each in pairs(value) do
          collect(each)
        end
      end
    end
    local ledger = metrics.ledger(ALL)
    collect(cjson.decode(ledger:json()))
    local before = 0
    for _, each in ipairs((rows.parse(ledger:prometheus()))) do
      numbers[each.value] = nil
      if each.name:match '_bucket$' then -- Prometheus adds them up
        before = each.labels.le == '0.001' and 0 or before
        numbers[each.value - before] = nil
        before = each.value
      end
    end
    assert.same({}, numbers)
  end)

  it('have the same buckets, added up for Prometheus', function()
    local ledger = metrics.ledger { outputs = { { name = 'o', kind = 'file' } }, empty = true }
    ledger:took(1, 1e6, 3)
    ledger:took(1, 3e6, 2)
    ledger:took(1, 1e12, 1)
    local latency = cjson.decode(ledger:json()).outputs[1].latency
    assert.same({ 3, 0, 2, 1 }, { latency.buckets['0.001'], latency.buckets['0.002'],
      latency.buckets['0.004'], latency.buckets['+Inf'] })
    assert.equal(1000.009, latency.sum_seconds)
    local series = rows.parse(ledger:prometheus())
    local name = 'laudit_output_latency_seconds'
    assert.equal(3, find(series, name .. '_bucket', { output = 'o', le = '0.001' }))
    assert.equal(3, find(series, name .. '_bucket', { output = 'o', le = '0.002' }))
    assert.equal(5, find(series, name .. '_bucket', { output = 'o', le = '0.004' }))
    assert.equal(5, find(series, name .. '_bucket', { output = 'o', le = '65.536' }))
    assert.equal(6, find(series, name .. '_bucket', { output = 'o', le = '+Inf' }))
    assert.equal(6, find(series, name .. '_count', { output = 'o' }))
    assert.equal(1000.009, find(series, name .. '_sum', { output = 'o' }))
  end)
end)

describe('the text of the ledger', function()
  it('says nothing of what is zero', function()
    local text = metrics.ledger { outputs = { { name = 'o', kind = 'file' } }, empty = true }:text()
    assert.matches('\noutput o: accepted 0 = delivered 0 %+ dropped 0 %+ queued 0; 0 bytes\nbeside',
      text)
  end)

  it('says the rest in words', function()
    local text = metrics.ledger(ALL):text()
    for _, word in ipairs { 'failed tries: %d+ no space, %d+ other',
      '\n  at most %d+ queued %(%d+ bytes%)',
      'retried %d+, arrived again perhaps %d+', 'found in the spool %d+', 'breaker opened %d+',
      'dead letters %d+, breaker open now\n', '\n  delivered: half within %d+ ms, 99 %% ' } do
      assert.matches(word, text)
    end
  end)
end)

describe("Prometheus' text", function()
  local function served(names)
    local outputs = {}
    for i, name in ipairs(names) do
      outputs[i] = { name = name, kind = 'file' }
    end
    return metrics.ledger { outputs = outputs, policies = names }:prometheus()
  end

  it('quotes what would end a label or a line', function()
    local text = served { 'a"b\\c\nd' }
    assert.is_truthy(text:find([[laudit_output_queued_messages{output="a\"b\\c\nd"} ]], 1, true))
    assert.is_truthy(text:find([[laudit_policy_calls_total{policy="a\"b\\c\nd"} ]], 1, true))
  end)

  it('keeps names apart that are no UTF-8', function()
    local text = served { 'x\xff', 'x\xfe', 'x\xef\xbf\xbdFF', 'x\xef\xbf\xbd', 'x\r', 'h\xc3\xb6' }
    local seen, count = {}, 0
    for name in text:gmatch 'laudit_output_queued_messages{output="(.-)"}' do
      assert.is_nil(seen[name])
      seen[name] = true
      count = count + 1
    end
    assert.equal(6, count)
    assert.is_true(seen['x\xef\xbf\xbdFF'] and seen['h\xc3\xb6'])
    assert.is_nil(text:find('[\xff\xfe\r]'))
  end)

  it('adds up outputs that are gone beyond the first 64', function()
    local outputs = { { name = 'here', kind = 'file' } }
    for i = 1, 100 do
      outputs[i + 1] = { name = 'gone' .. i, kind = 'file', gone = true }
    end
    local ledger = metrics.ledger { outputs = outputs }
    local sum, named, rest = 0, 0, nil
    for _, each in ipairs(cjson.decode(ledger:json()).outputs) do
      sum = sum + (each.gone and each.accepted or 0)
    end
    for line in ledger:prometheus():gmatch '[^\n]+' do
      local name, value = line:match '^laudit_output_accepted_messages_total{output="(.-)"} (%d+)$'
      if name == '' then
        assert.is_nil(rest)
        rest = tonumber(value)
      elseif name and name ~= 'here' then
        named = named + 1
        sum = sum - tonumber(value)
      end
    end
    assert.equal(64, named)
    assert.equal(sum, rest)
  end)
end)

--- The lines of datagrams as name → { value, type }.
local function told(datagrams)
  local lines = {}
  for _, datagram in ipairs(datagrams) do
    assert.is_true(#datagram <= 1432)
    for line in (datagram .. '\n'):gmatch '(.-)\n' do
      local name, value, type = line:match '^([%w_.-]+):([%d.]+)|(%a+)$'
      assert(name, line)
      assert.is_nil(lines[name], name .. ' is told twice')
      lines[name] = { tonumber(value), type }
    end
  end
  return lines
end

describe('statsd', function()
  it('is told counters as differences, and gauges each time', function()
    local statsd, ledger = metrics.statsd 'laudit.h.', metrics.ledger(ALL)
    local before = cjson.decode(ledger:json())
    local first = told(statsd:write(ledger))
    assert.same({ before.records.seen, 'c' }, first['laudit.h.messages.total'])
    assert.same({ before.outputs[2].dropped.full, 'c' }, first['laudit.h.output.soc.dropped.full'])
    local again = told(statsd:write(ledger))
    for name, line in pairs(again) do
      assert.equal('g', line[2], name)
    end
    assert.same({ before.outputs[1].queued, 'g' }, again['laudit.h.output.local.queued'])
    ledger:fill()
    local after = cjson.decode(ledger:json())
    local third = told(statsd:write(ledger))
    assert.same({ after.records.seen - before.records.seen, 'c' },
      third['laudit.h.messages.total'])
    assert.same({ after.policies[1].calls - before.policies[1].calls, 'c' },
      third['laudit.h.policy.root-shell.calls'])
  end)

  it('is told everything of the list that has a name there', function()
    local lines = told(metrics.statsd '':write(metrics.ledger(ALL)))
    local prefixes = { output = 'output.soc.', policy = 'policy.root-shell.' }
    for _, metric in ipairs(metrics.list()) do
      if metric.statsd and metric.scope ~= 'files' and metric.name ~= 'laudit_output_gone' then
        local name = (prefixes[metric.scope] or '') .. metric.statsd
        local word = metric.words[1] and '.' .. metric.words[1] or ''
        assert(lines[name .. word], name .. word)
      end
    end
  end)

  it("is told pauditd's names of all http outputs together", function()
    local ledger = metrics.ledger { outputs = { { name = 'a', kind = 'http' },
      { name = 'b', kind = 'file' }, { name = 'c', kind = 'http', gone = true } } }
    local outputs = cjson.decode(ledger:json()).outputs
    local lines = told(metrics.statsd '':write(ledger))
    local dropped = 0
    for _, each in ipairs { outputs[1], outputs[3] } do
      for _, count in pairs(each.dropped) do
        dropped = dropped + count
      end
    end
    assert.same({ outputs[1].accepted + outputs[3].accepted, 'c' },
      lines['http_writer.total_messages'])
    assert.same({ dropped, 'c' }, lines['http_writer.dropped_messages'])
    assert.same({ outputs[1].no_space + outputs[1].other_failures + outputs[3].no_space +
      outputs[3].other_failures, 'c' }, lines['http_writer.request_error.count'])
    assert.equal('ms', lines['http_writer.latency'][2])
    assert.is_nil(told(metrics.statsd '':write(metrics.ledger { outputs = {
      { name = 'b', kind = 'file' } } }))['http_writer.total_messages'])
  end)

  it('is told the mean of what was delivered since', function()
    local statsd = metrics.statsd ''
    local ledger = metrics.ledger { outputs = { { name = 'o', kind = 'file' } }, empty = true }
    assert.is_nil(told(statsd:write(ledger))['output.o.latency'])
    ledger:took(1, 10e6, 3)
    ledger:took(1, 2e6, 1)
    local lines = told(statsd:write(ledger))
    assert.same({ { 8, 'ms' }, { 16, 'g' }, { 16, 'g' } }, { lines['output.o.latency'],
      lines['output.o.latency_p50'], lines['output.o.latency_p99'] })
    assert.is_nil(told(statsd:write(ledger))['output.o.latency'])
    ledger:took(1, 200e9, 1)
    lines = told(statsd:write(ledger))
    assert.same({ { 200000, 'ms' }, { 65536, 'g' } }, { lines['output.o.latency'],
      lines['output.o.latency_p99'] })
  end)

  it('is told again what could not be sent', function()
    local statsd, ledger = metrics.statsd '', metrics.ledger(ALL)
    local first = told(statsd:write(ledger, true))
    assert.same(first, told(statsd:write(ledger)))
    assert.is_nil(told(statsd:write(ledger))['messages.total'])
  end)

  it('gets many metrics in a datagram', function()
    local datagrams = metrics.statsd 'laudit.':write(metrics.ledger(ALL))
    local bytes = 0
    for _, datagram in ipairs(datagrams) do
      bytes = bytes + #datagram
    end
    assert.is_true(bytes > 3000 and #datagrams <= math.ceil(bytes / 1300))
  end)

  it('keeps hostile names in one line and apart', function()
    local names = { 'a.b', 'a:b', 'a|b', 'a\nb', 'a_b', 'a\xffb' }
    local outputs = {}
    for i, name in ipairs(names) do
      outputs[i] = { name = name, kind = 'file' }
    end
    local lines, count = told(metrics.statsd '':write(metrics.ledger { outputs = outputs })), 0
    for name in pairs(lines) do
      count = count + (name:match '^output%.[%w_-]+%.accepted$' and 1 or 0)
    end
    assert.equal(#names, count)
    assert(lines['output.a_b.accepted'])
  end)

  it('forgets what is gone and begins anew when a counter does', function()
    local statsd = metrics.statsd ''
    local ledger = metrics.ledger { policies = { 'p', 'q' } }
    told(statsd:write(ledger))
    local smaller = metrics.ledger { policies = { 'p' } }
    local calls = cjson.decode(smaller:json()).policies[1].calls
    assert.is_true(calls < cjson.decode(ledger:json()).policies[1].calls)
    assert.same({ calls, 'c' }, told(statsd:write(smaller))['policy.p.calls'])
    assert(told(statsd:write(ledger))['policy.q.calls'])
  end)

  it('has a prefix with the name of the host', function()
    assert.equal('laudit.web1.', (metrics.prefix('laudit.{host}.', 'web1.example.org')))
    assert.equal('a_b-web_1.', (metrics.prefix('a_b-{host}.', 'web:1')))
    assert.equal('', (metrics.prefix('', 'h')))
    local _, why = metrics.prefix('a{hots}', 'h')
    assert.equal("expected letters, digits, '.', '-', '_' and {host}, found '{hots}'", why)
    _, why = metrics.prefix('a:b', 'h')
    assert.matches("found ':b'", why)
    _, why = metrics.prefix(('x'):rep(129), 'h')
    assert.equal('expected at most 128 bytes, found 129', why)
  end)

  it('is found by name or address', function()
    assert.same({ 'localhost', 8125 }, { metrics.target 'localhost:8125' })
    assert.same({ '::1', 8125 }, { metrics.target '[::1]:8125' })
    for _, bad in ipairs { '', ':8125', 'host', 'host:', 'host:0', 'host:65536', 'host:x',
      '::1:8125', 'h\0:1', '[]:1' } do
      local host, why = metrics.target(bad)
      assert.is_nil(host, bad)
      assert.matches('^expected HOST:PORT', why)
    end
  end)
end)

describe('the address of the page', function()
  it('is a loopback address or a unix socket', function()
    for _, good in ipairs { '127.0.0.1:9321', '127.9.9.9:1', 'localhost:65535', '[::1]:9321',
      'unix:/run/laudit/metrics.sock' } do
      assert.is_nil(metrics.address(good), good)
    end
  end)

  it('is none that other hosts can reach', function()
    for _, bad in ipairs { '0.0.0.0:9321', '[::]:9321', '192.0.2.1:80', '[2001:db8::1]:80',
      '128.0.0.1:1' } do
      assert.matches('^expected a loopback address .*, found one that other hosts can reach: ',
        (assert(metrics.address(bad), bad)))
    end
  end)

  it('is nothing else', function()
    for _, bad in ipairs { '', '9321', ':9321', '127.0.0.1', '127.0.0.1:', '127.0.0.1:0',
      '127.0.0.1:70000', 'example.org:80', 'unix:', '127.0.0.1\0:1', 'unix:/a\0b' } do
      assert.matches('^expected a loopback address', (assert(metrics.address(bad), bad)))
    end
    assert.matches('at most 107 bytes', metrics.address('unix:/' .. ('x'):rep(200)))
  end)
end)
