package intake.tools_test

import data.intake.tools

test_known_tool_is_allowed if {
	tools.allow with input as {"agent": "intake-agent", "tool": "propose_posting", "action": "write"}
}

test_unknown_tool_is_denied if {
	not tools.allow with input as {"agent": "intake-agent", "tool": "change_bank_details", "action": "write"}
}

test_unknown_action_is_denied if {
	not tools.allow with input as {"agent": "intake-agent", "tool": "lookup_supplier", "action": "write"}
}

test_unknown_agent_is_denied if {
	not tools.allow with input as {"agent": "someone-else", "tool": "post_invoice", "action": "write"}
}

test_empty_question_is_denied if {
	not tools.allow with input as {}
}
