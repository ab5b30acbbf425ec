-- For wrk: GET requests from a file, one target a line, in turn and from another place for each run; at the end one
-- line of JSON. wrk counts statuses from 400 on; that no other than 200 comes is checked before the run (load.py).
local requests = {}
local place

function init(args)
  local headers = { ["Accept"] = args[3] }
  for line in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", line, headers)
  end
  place = tonumber(args[2]) % #requests
end

function request()
  place = place + 1
  if place > #requests then place = 1 end
  return requests[place]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "max_ms": %.4f, "status": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
