--- How busted reports here (`busted -o spec/report.lua`): what failed in full, why something was
--- skipped, and last the line that spec/run adds up: "N passed, N failed, N skipped".
local busted = require 'busted'
local pretty = require 'pl.pretty'

local function sentence(message)
  if type(message) == 'string' then
    return message
  end
  return message == nil and 'no reason given' or pretty.write(message)
end

local function place(case)
  local trace = case.element.trace or case.trace
  return trace and trace.currentline and trace.short_src .. ':' .. trace.currentline or 'loading'
end

local function write_failure(case)
  io.write(('FAILED  %s (%s)\n'):format(case.name, place(case)))
  for line in (sentence(case.message) .. '\n'):gmatch '(.-)\n' do
    io.write('        ', line, '\n')
  end
  if case.isError and case.trace and case.trace.traceback then
    io.write(case.trace.traceback, '\n')
  end
end

return function()
  local handler = require 'busted.outputHandlers.base'()

  local function on_end()
    for _, case in ipairs(handler.pendings) do
      io.write(('SKIPPED %s: %s\n'):format(case.name, sentence(case.message)))
    end
    for _, case in ipairs(handler.failures) do
      write_failure(case)
    end
    for _, case in ipairs(handler.errors) do
      if case.element.descriptor == 'it' then
        write_failure(case)
      end
    end
    io.write(('%d passed, %d failed, %d skipped\n'):format(handler.successesCount,
      handler.failuresCount + handler.errorsCount, handler.pendingsCount))
    return nil, true
  end

  --- A file that does not load ends the run at once, so what is wrong is said at once.
  local function on_error(element, parent, message, trace)
    if element.descriptor ~= 'it' then
      write_failure(handler.format(element, parent, message, trace, true))
    end
    return nil, true
  end

  busted.subscribe({ 'error' }, on_error)
  busted.subscribe({ 'suite', 'end' }, on_end)
  return handler
end
