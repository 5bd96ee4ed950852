# Which tool each agent may use, and for what. Everything else is denied.
package northgate.tools

default allow := false

allow_list := {"triage-agent": {
	"search_knowledge_base": {"read"},
	"set_ticket_fields": {"write"},
	"draft_reply": {"write"},
	"issue_credit": {"write"},
}}

allow if input.action in allow_list[input.agent][input.tool]
