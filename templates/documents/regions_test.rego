---
title: Tests of the region policy
checks: [infra-data-residency]
path: "{{ place.policy }}/regions_test.rego"
---
# aipp:unfinished: add a plan of your own infrastructure, then delete this line
package regions

test_other_region_is_denied if {
  count(deny) == 1 with input as {"resource_changes": [{"address": "bucket.a", "change": {"after": {"region": "nowhere-1"}}}]}
}

test_allowed_region_is_not_denied if {
  count(deny) == 0 with input as {"resource_changes": [{"address": "bucket.a", "change": {"after": {"region": {{ regions[0] or "eu-central-1" }}}}}]}
}
