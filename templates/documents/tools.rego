---
title: Allow-list of tools (Open Policy Agent)
checks: [gov-permission-policy]
path: "{{ place.policy }}/tools.rego"
then: Ask this policy before every call of a tool, and list identity and tools of each agent in the manifest
---
# What is not listed is denied. An agent has an identity of its own and the tools that it needs, no more.
# aipp:unfinished: the tools of each agent as code names them, then delete this line
package tools

default allow := false

allowed := {
{% for agent in m.agents %}
  {{ agent.identity or agent.name or "agent" }}: { {%- for tool in agent.tools %}{{ tool }}{% if not loop.last %}, {% endif %}{% else %}"search"{% endfor -%} },
{% else %}
  "agent": {"search"},
{% endfor %}
}

allow if {
  input.authenticated
  input.tool in allowed[input.agent]
  not needs_approval
}

allow if {
  input.authenticated
  input.tool in allowed[input.agent]
  input.approved_by
  input.approved_by != input.requested_by
}

# Actions that cannot be taken back wait for a person.
approval_required := { {%- for approval in m.governance.approvals %}{{ approval.action or "action" }}{% if not loop.last %}, {% endif %}{% else %}"delete"{% endfor -%} }

needs_approval if input.tool in approval_required
