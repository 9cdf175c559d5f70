-- Posts forms: one over and over, or each line of a file once, beginning at a given line.
--
--     wrk … -s load.lua URL -- FILE FIRST
--
-- With FIRST 0 the first line of FILE is the only form.

local forms, at, repeats = {}, 0, false

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"

function init(arguments)
  local first = tonumber(arguments[2])
  repeats = first == 0
  local number = 0
  for line in io.lines(arguments[1]) do
    number = number + 1
    if number >= first then forms[#forms + 1] = line end
    if repeats then break end
  end
  if repeats then wrk.body = forms[1] end
  if repeats then constant = wrk.format() end
end

function request()
  if repeats then return constant end
  at = at + 1
  return wrk.format(nil, nil, nil, forms[at] or "exhausted=yes")
end
