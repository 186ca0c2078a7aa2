-- labels.lua - is this a line about labels of subjects and objects (subj_type, obj_lev_low), which
-- only a kernel with a security module takes?
local LABELS = { user = true, role = true, type = true, sen = true, clr = true, lev_low = true,
  lev_high = true }

return function(words)
  for _, word in ipairs(words) do
    if LABELS[word:match '^subj_([%l_]+)[^%l_]' or word:match '^obj_([%l_]+)[^%l_]' or ''] then
      return true
    end
  end
  return false
end
