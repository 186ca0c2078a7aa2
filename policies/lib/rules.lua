--- Kernel rules for both ways into the kernel: each line becomes a rule for 64-bit calls and one
--- for 32-bit calls, which a 64-bit rule does not see. A line that begins with -a or -i stays.
return function(text)
  local rules = {}

  for line in text:gmatch '%S[^\n]*' do
    if line:find '^%-[ai]' then
      rules[#rules + 1] = line
    else
      rules[#rules + 1] = '-a always,exit -F arch=b64 ' .. line
      rules[#rules + 1] = '-a always,exit -F arch=b32 ' .. line
    end
  end
  return table.concat(rules, '\n')
end
