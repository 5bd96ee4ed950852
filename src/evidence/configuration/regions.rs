//! Texts of infrastructure code and names that people write enter; regions of cloud providers and plain provider names leave.

use std::collections::BTreeSet;

use serde_json::Value;

/// The longest text in which regions are looked for, in bytes.
const MAX_TEXT: usize = 512 * 1024;

/// Regions of Azure (learn.microsoft.com/azure/reliability/regions-list).
const AZURE: [&str; 62] = [
    "australiacentral",
    "australiacentral2",
    "australiaeast",
    "australiasoutheast",
    "austriaeast",
    "belgiumcentral",
    "brazilsouth",
    "brazilsoutheast",
    "canadacentral",
    "canadaeast",
    "centralindia",
    "centralus",
    "chilecentral",
    "denmarkeast",
    "eastasia",
    "eastus",
    "eastus2",
    "finlandcentral",
    "francecentral",
    "francesouth",
    "germanynorth",
    "germanywestcentral",
    "indonesiacentral",
    "israelcentral",
    "italynorth",
    "japaneast",
    "japanwest",
    "jioindiacentral",
    "jioindiawest",
    "koreacentral",
    "koreasouth",
    "malaysiawest",
    "mexicocentral",
    "newzealandnorth",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "norwaywest",
    "polandcentral",
    "qatarcentral",
    "southafricanorth",
    "southafricawest",
    "southcentralus",
    "southeastasia",
    "southindia",
    "spaincentral",
    "swedencentral",
    "swedensouth",
    "switzerlandnorth",
    "switzerlandwest",
    "uaecentral",
    "uaenorth",
    "uksouth",
    "ukwest",
    "westcentralus",
    "westeurope",
    "westindia",
    "westus",
    "westus2",
    "westus3",
    "usgovvirginia",
    "chinanorth3",
];

/// Regions of Azure inside the European Union.
const AZURE_EU: [&str; 16] = [
    "austriaeast",
    "belgiumcentral",
    "denmarkeast",
    "finlandcentral",
    "francecentral",
    "francesouth",
    "germanynorth",
    "germanywestcentral",
    "italynorth",
    "northeurope",
    "polandcentral",
    "spaincentral",
    "swedencentral",
    "swedensouth",
    "westeurope",
    "greececentral",
];

const DIRECTIONS: [&str; 9] =
    ["central", "north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest"];

/// The regions that a text names.
pub(super) fn in_text(text: &str, found: &mut BTreeSet<String>) {
    if text.len() > MAX_TEXT {
        return;
    }
    for token in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
        if token.len() >= 6
            && token.len() <= 40
            && let Some(region) = of_token(token)
        {
            found.insert(region);
        }
    }
    // Azure also takes the display name: "West Europe".
    if text.len() <= 24 && text.contains(' ') {
        let joined = plain(text);
        if AZURE.contains(&joined.as_str()) {
            found.insert(joined);
        }
    }
}

/// Calls a function with every text of a value, keys too.
pub(super) fn each_text(value: &Value, visit: &mut dyn FnMut(&str), depth: u8) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) if depth < 64 => items.iter().for_each(|item| each_text(item, visit, depth + 1)),
        Value::Object(map) if depth < 64 => {
            for (key, value) in map {
                visit(key);
                each_text(value, visit, depth + 1);
            }
        }
        _ => {}
    }
}

/// The region that a word names: `eu-central-1`, a zone `eu-central-1a` or `europe-west3-b`, `westeurope`.
fn of_token(token: &str) -> Option<String> {
    if AZURE.contains(&token) {
        return Some(token.to_owned());
    }
    let parts: Vec<&str> = token.split('-').collect();
    match parts.as_slice() {
        // Amazon: place, direction, number, perhaps a zone letter.
        [place, rest @ ..] if ["af", "ap", "ca", "cn", "eu", "il", "me", "mx", "sa", "us"].contains(place) => {
            let (partition, rest) = match rest {
                [partition @ ("gov" | "iso" | "isob" | "isof" | "isoe"), rest @ ..] => (Some(*partition), rest),
                rest => (None, rest),
            };
            match rest {
                [direction, number, ..] if DIRECTIONS.contains(direction) => {
                    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
                    let zone = number.get(digits.len()..)?;
                    let is_zone = zone.is_empty() || (zone.len() == 1 && zone.chars().all(|c| c.is_ascii_lowercase()));
                    (digits.len() == 1 && is_zone).then(|| {
                        std::iter::once(*place)
                            .chain(partition)
                            .chain([*direction, digits.as_str()])
                            .collect::<Vec<_>>()
                            .join("-")
                    })
                }
                // Google writes direction and number in one word: `us-east1`, `me-west1`.
                [direction, ..] if partition.is_none() && (*place == "us" || *place == "me") => {
                    google(place, direction)
                }
                _ => None,
            }
        }
        [place @ ("africa" | "asia" | "australia" | "europe" | "northamerica" | "southamerica"), direction, ..] => {
            google(place, direction)
        }
        _ => None,
    }
}

fn google(place: &str, direction: &str) -> Option<String> {
    let name = direction.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = direction.len() - name.len();
    ((1..=2).contains(&digits) && DIRECTIONS.contains(&name)).then(|| format!("{place}-{direction}"))
}

/// A region as it is compared: lower case without blanks.
pub(super) fn plain(region: &str) -> String {
    region.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Whether a region lies in what is allowed: the same name, a pattern (`eu-*`), or `EU` for the regions of the European Union.
pub(super) fn is_allowed(region: &str, allowed: &[String]) -> bool {
    let region = plain(region);
    allowed.iter().map(|name| plain(name)).any(|name| match name.as_str() {
        "eu" | "europeanunion" => is_in_union(&region),
        name => {
            name == region || name.strip_suffix('*').is_some_and(|start| !start.is_empty() && region.starts_with(start))
        }
    })
}

/// Whether a region lies in the European Union: London and Zurich do not.
fn is_in_union(region: &str) -> bool {
    if region == "eu" || AZURE_EU.contains(&region) {
        return true;
    }
    (region.starts_with("eu-") && !matches!(region, "eu-west-2" | "eu-central-2"))
        || (region.starts_with("europe-") && !matches!(region, "europe-west2" | "europe-west6"))
}

/// A provider by its plain name: amazon is aws, google is gcp, microsoft is azure.
pub(super) fn provider(name: &str) -> String {
    let name = name.trim().to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let known: [(&str, &[&str]); 12] = [
        ("aws", &["aws", "amazon", "bedrock", "sagemaker"]),
        ("azure", &["azure", "azurerm", "microsoft", "azapi", "azuread"]),
        ("gcp", &["gcp", "google", "vertex"]),
        ("kubernetes", &["kubernetes", "k8s", "helm", "kubectl", "kustomization"]),
        ("oci", &["oci", "oracle"]),
        ("ovh", &["ovh", "ovhcloud"]),
        ("hetzner", &["hetzner", "hcloud"]),
        ("digitalocean", &["digitalocean"]),
        ("scaleway", &["scaleway"]),
        ("ibm", &["ibm"]),
        ("alibaba", &["alibaba", "alicloud", "aliyun"]),
        ("openstack", &["openstack"]),
    ];
    known
        .iter()
        .find(|(_, names)| words.iter().any(|word| names.contains(word)))
        .map_or(name.clone(), |(plain, _)| (*plain).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions(text: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        in_text(text, &mut found);
        found.into_iter().collect()
    }

    #[test]
    fn regions_are_found_in_names_zones_and_addresses() {
        assert_eq!(regions("eu-central-1a"), ["eu-central-1"]);
        assert_eq!(regions("418273650912.dkr.ecr.eu-west-1.amazonaws.com/x"), ["eu-west-1"]);
        assert_eq!(regions("arn:aws-us-gov:s3:us-gov-west-1:x"), ["us-gov-west-1"]);
        assert_eq!(regions("europe-west3-docker.pkg.dev and us-east1-b"), ["europe-west3", "us-east1"]);
        assert_eq!(regions("West Europe"), ["westeurope"]);
        assert_eq!(regions("germanywestcentral"), ["germanywestcentral"]);
        assert_eq!(
            regions("me-south-1 northeast-2 eu-central-x us-west a-b-1 eu-north-12 northeurope2"),
            ["me-south-1"]
        );
    }

    #[test]
    fn what_is_allowed_is_compared_by_meaning() {
        let allowed = |region: &str, names: &[&str]| {
            is_allowed(region, &names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>())
        };
        assert!(allowed("westeurope", &["West Europe"]));
        assert!(allowed("eu-west-1", &["EU"]) && allowed("europe-west3", &["eu"]) && allowed("swedencentral", &["eu"]));
        assert!(!allowed("eu-west-2", &["EU"]) && !allowed("uksouth", &["EU"]) && !allowed("europe-west6", &["EU"]));
        assert!(allowed("eu-west-2", &["eu-*"]) && !allowed("us-east-1", &["eu-*"]));
        assert!(!allowed("us-east-1", &[]) && !allowed("us-east-1", &["*"]));
    }

    #[test]
    fn providers_have_one_name() {
        assert_eq!(provider("Amazon Web Services"), "aws");
        assert_eq!(provider("google-beta"), "gcp");
        assert_eq!(provider("Microsoft Azure"), "azure");
        assert_eq!(provider("Own data center"), "own data center");
    }
}
