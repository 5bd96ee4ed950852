package northgate.tools_test

import data.northgate.tools

test_known_tool_is_allowed if {
	tools.allow with input as {"agent": "triage-agent", "tool": "draft_reply", "action": "write"}
}

test_unknown_tool_is_denied if {
	not tools.allow with input as {"agent": "triage-agent", "tool": "send_reply", "action": "write"}
}

test_unknown_action_is_denied if {
	not tools.allow with input as {"agent": "triage-agent", "tool": "search_knowledge_base", "action": "write"}
}

test_unknown_agent_is_denied if {
	not tools.allow with input as {"agent": "reporting", "tool": "issue_credit", "action": "write"}
}

test_empty_question_is_denied if {
	not tools.allow with input as {}
}
