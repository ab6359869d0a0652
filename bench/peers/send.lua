-- Sends each request of a file once, in the file's order, and counts the answers that accept.
-- wrk … -s send.lua ADDRESS -- FILE LEAD STATUS TEXT
-- FILE: before each request its length in bytes and a line break. LEAD: so many at the start are not counted.
-- STATUS, TEXT: what an answer that accepts has; 0 or - where it does not matter. TEXT is looked for in the body, or where it begins
-- with `header:` in that header (`header:location:/home`).

local ffi = require('ffi')
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } instant;
  int clock_gettime(int clock, instant *at);
]]
local MONOTONIC = 1
local instant = ffi.new('instant')

local function now()
  ffi.C.clock_gettime(MONOTONIC, instant)
  return tonumber(instant.seconds) + tonumber(instant.nanoseconds) / 1e9
end

local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

local requests = {}
local asked = 0
local tried = false
local status, text, header

function init(args)
  lead = tonumber(args[2])
  status = tonumber(args[3])
  text = args[4]
  if text == '-' then text = nil end
  if text ~= nil and text:sub(1, 7) == 'header:' then
    header, text = text:match('^header:([^:]+):(.*)$')
  end
  local file = assert(io.open(args[1], 'rb'))
  while true do
    local length = file:read('*n')
    if length == nil then break end
    file:read(1)
    requests[#requests + 1] = file:read(length)
  end
  file:close()
  total = #requests
  answered, accepted, started, ended = 0, 0, now(), 0
end

function request()
  -- wrk asks for one before it begins, to look at it.
  if not tried then
    tried = true
    return requests[1]
  end
  asked = asked + 1
  -- Nothing left: the connection waits for an answer that does not come.
  return requests[asked] or ''
end

function response(code, headers, body)
  answered = answered + 1
  if answered == lead then started = now() end
  if answered > lead then
    local good = status == 0 or code == status
    if good and text ~= nil then
      local where = header == nil and body or headers[header]
      good = where ~= nil and where:find(text, 1, true) ~= nil
    end
    if good then accepted = accepted + 1 end
  end
  if answered == total then
    ended = now()
    wrk.thread:stop()
    -- wrk itself would sleep on to the end of its time: who reads this interrupts it.
    io.write('DONE\n')
    io.flush()
  elseif answered > total - 64 then
    ended = now()
  end
end

function done(summary, latency)
  local thread = threads[1]
  local seen = thread:get('answered')
  local from = thread:get('lead')
  local ended = thread:get('ended')
  local took = ended > 0 and ended - thread:get('started') or summary.duration / 1e6
  local counted = math.max(seen - from, 0)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    'RESULT {"answered":%d,"accepted":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"errors":%d}\n',
    counted, thread:get('accepted'), took, latency:percentile(50) / 1000, latency:percentile(99) / 1000, errors))
end
