# Which tool each agent may use, and for what. Everything else is denied.
package intake.tools

default allow := false

allow_list := {"intake-agent": {
	"read_document": {"read"},
	"lookup_supplier": {"read"},
	"lookup_purchase_order": {"read"},
	"propose_posting": {"write"},
	"post_invoice": {"write"},
}}

allow if input.action in allow_list[input.agent][input.tool]
