package northgate.regions_test

import data.northgate.regions

plan(region) := {"configuration": {"provider_config": {"aws": {"expressions": {"region": {"constant_value": region}}}}}}

test_allowed_region_passes if {
	count(regions.deny) == 0 with input as plan("eu-central-1")
}

test_other_provider_region_is_denied if {
	count(regions.deny) == 1 with input as plan("eu-west-3")
}

test_resource_in_other_region_is_denied if {
	count(regions.deny) == 1 with input as {"resource_changes": [{
		"address": "aws_s3_bucket.copy",
		"change": {"after": {"region": "eu-west-3"}},
	}]}
}
