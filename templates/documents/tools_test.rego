---
title: Tests of the allow-list
checks: [gov-permission-policy]
path: "{{ place.policy }}/tools_test.rego"
then: Run `opa test` in CI
---
# aipp:unfinished: one test for each way around the policy that you can think of, then delete this line
package tools

test_unknown_tool_is_denied if {
  not allow with input as {"agent": {{ m.agents[0].identity or m.agents[0].name or "agent" }}, "tool": "no_such_tool", "authenticated": true}
}

test_unknown_agent_is_denied if {
  not allow with input as {"agent": "stranger", "tool": {{ m.agents[0].tools[0] or "search" }}, "authenticated": true}
}

test_unauthenticated_peer_is_denied if {
  not allow with input as {"agent": {{ m.agents[0].identity or m.agents[0].name or "agent" }}, "tool": {{ m.agents[0].tools[0] or "search" }}, "authenticated": false}
}
