--- The tables of docs/rules.md: what a person is told is what the specs ask for.
local tables = {}

--- The cells of each row below the heading `title` whose first cell begins with `sign`.
function tables.rows(title, sign)
  local rows, inside = {}, false
  for line in io.lines 'docs/rules.md' do
    if line:match '^#' then
      inside = line:match '^#+ (.*)' == title
    elseif inside and line:sub(1, 2 + #sign) == '| ' .. sign then
      local cells = {}
      for cell in (line .. ' '):gmatch ' (.-) |%f[ ]' do
        table.insert(cells, cell)
      end
      table.insert(rows, cells)
    end
  end
  assert(#rows > 0, 'no rows below ' .. title)
  return rows
end

--- The words in `code` of a cell.
function tables.words(cell)
  local words = {}
  for word in cell:gmatch '`([^`]*)`' do
    table.insert(words, word)
  end
  return words
end

return tables
