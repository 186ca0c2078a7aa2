--- What a policy needs: require 'audit'.
-- policy{...} says what the file is, alert(...) what check returns; set, window and match help to
-- decide. Types and meanings are in docs/policies.md.
local _, native = ...

return {
  policy = require 'audit.policy',
  alert = require 'audit.alert',
  set = require 'audit.set',
  window = require 'audit.window',
  sorted = require 'audit.sorted',
  match = native.match,
  now = native.now,
}
