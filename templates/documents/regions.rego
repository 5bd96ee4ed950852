---
title: Region policy (Open Policy Agent, for Conftest)
checks: [infra-data-residency]
path: "{{ place.policy }}/regions.rego"
then: Run it over `terraform show -json` in CI before anything is applied
---
# Refuses a plan that creates something outside the allowed regions, or that leaves the region open.
# aipp:unfinished: compare the regions with the contracts of each data class, then delete this line
package regions

allowed_regions := { {%- for region in regions %}{{ region }}{% if not loop.last %}, {% endif %}{% else %}"eu-central-1"{% endfor -%} }

deny contains message if {
  some change in input.resource_changes
  region := change.change.after.region
  not region in allowed_regions
  message := sprintf("%s is in region %s, which is not allowed", [change.address, region])
}

deny contains message if {
  some name, provider in input.configuration.provider_config
  region := provider.expressions.region.constant_value
  not region in allowed_regions
  message := sprintf("the provider %s uses region %s, which is not allowed", [name, region])
}
