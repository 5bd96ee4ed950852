# Denies a Terraform plan that leaves the allowed regions, model endpoints included.
package northgate.regions

allowed_regions := {"eu-central-1"}

deny contains msg if {
	some name, provider in input.configuration.provider_config
	region := provider.expressions.region.constant_value
	not region in allowed_regions
	msg := sprintf("provider %s uses region %s, allowed are %v", [name, region, allowed_regions])
}

deny contains msg if {
	some change in input.resource_changes
	region := change.change.after.region
	not region in allowed_regions
	msg := sprintf("%s is placed in %s, allowed are %v", [change.address, region, allowed_regions])
}
