//! Policy files in memory enter; the effective policy, or what is wrong with them, is compared.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Look;

/// Files by path.
struct Memory(HashMap<String, String>);

impl Files for Memory {
    fn open(&self, from: Option<&str>, path: &str) -> Result<Opened, String> {
        let path = beside(from, path);
        let text = self.0.get(&path).ok_or("it does not exist")?;
        Ok(Opened { identity: path.clone(), path, bytes: text.clone().into_bytes() })
    }
}

fn memory(files: &[(&str, &str)]) -> Memory {
    Memory(files.iter().map(|(path, text)| ((*path).to_owned(), format!("aipp_policy: 1\n{text}"))).collect())
}

fn read(files: &[(&str, &str)]) -> Result<Policy, Vec<String>> {
    load(files[0].0, &memory(files))
        .map_err(|errors| errors.into_iter().map(|e| format!("{}: {}", e.code.id(), e.message)).collect())
}

fn wrong(text: &str) -> Vec<String> {
    read(&[("p.yaml", text)]).unwrap_err()
}

#[test]
fn the_strictest_of_every_file_counts_and_says_where_it_comes_from() {
    let policy = read(&[
        ("team/aipp.policy.yaml", "extends: [../org/a.yaml, ../org/b.yaml]\nfloors: { scale: 70 }\nwaivers: { approvers: [J. Chen] }\n"),
        ("org/a.yaml", "floors: { harden: 55 }\nwaivers: { max_days: 60, approvers: [J. Chen, M. Okafor] }\nchecklists: [lists/a.yaml]\n"),
        ("org/b.yaml", "floors: { harden: 52 }\nwaivers: { max_days: 30 }\ntier: standard\ntiers: { critical: { floors: { harden: 80 } } }\n"),
    ])
    .unwrap();
    assert_eq!(policy.floors, [40, 55, 70, 65]);
    assert_eq!(policy.floor(Phase::Harden, Tier::Critical), 80);
    assert_eq!((policy.waivers.max_days, policy.waivers.approvers.as_slice()), (30, &["J. Chen".to_owned()][..]));
    assert_eq!((policy.tier(Tier::Experimental), policy.tier(Tier::Critical)), (Tier::Standard, Tier::Critical));
    assert_eq!(policy.checklists[0].path, "org/lists/a.yaml");
    let from = |key: &str| {
        policy.settings.iter().find(|s| s.key == key).unwrap().origin.as_ref().map(|o| format!("{}:{}", o.path, o.line))
    };
    assert_eq!(from("floors.harden").unwrap(), "org/a.yaml:2");
    assert_eq!(from("floors.scale").unwrap(), "team/aipp.policy.yaml:3");
    assert_eq!(from("waivers.max_days").unwrap(), "org/b.yaml:3");
    assert_eq!(from("floors.expand"), None);
    let read: Vec<&str> = policy.files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(read, ["org/a.yaml", "org/b.yaml", "team/aipp.policy.yaml"]);
}

#[test]
fn what_would_loosen_is_refused() {
    for (text, said) in [
        ("floors: { harden: 49 }\n", "policy-loosened: `floors.harden` is 49, below 50 (built in)"),
        ("floors: { expand: 101 }\n", "bad-value: `floors.expand` is 101"),
        ("waivers: { max_days: 91 }\n", "policy-loosened: `max_days` is 91"),
        ("waivers: { max_days: 0 }\n", "bad-value: `max_days` is 0"),
        (
            "floors: { harden: 60 }\ntiers: { critical: { floors: { harden: 55 } } }\n",
            "policy-loosened: `tiers.critical.floors.harden` is 55, below 60",
        ),
        (
            "required: { a: verified }\ntiers: { standard: { required: { a: documented } } }\n",
            "policy-loosened: `a` would require documented, below verified",
        ),
    ] {
        let errors = wrong(text);
        assert!(errors.iter().any(|e| e.starts_with(said)), "{text}: {errors:?}");
    }
    for (own, said) in [
        ("floors: { harden: 54 }\n", "below 55 (org.yaml:2)"),
        ("waivers: { max_days: 45 }\n", "longer than 30 (org.yaml:3)"),
        ("waivers: { approvers: [A. Silva] }\n", "`A. Silva` may not approve waivers under org.yaml:3"),
        ("tier: experimental\n", "below critical (org.yaml:4)"),
        ("required: { x: documented }\n", "below verified (org.yaml:5)"),
    ] {
        let org = "floors: { harden: 55 }\nwaivers: { max_days: 30, approvers: [J. Chen] }\ntier: critical\nrequired: { x: verified }\n";
        let errors = read(&[("p.yaml", &format!("extends: [org.yaml]\n{own}")), ("org.yaml", org)]).unwrap_err();
        assert!(errors.len() == 1 && errors[0].contains(said), "{own}: {errors:?}");
    }
}

#[test]
fn nothing_is_passed_over_in_silence() {
    for (text, said) in [
        ("", "the policy has no rule"),
        ("floors: {}\n", "`floors` is empty"),
        ("required: {}\n", "`required` is empty"),
        ("checklists: []\n", "`checklists` is empty"),
        ("extends: []\n", "`extends` is empty"),
        ("waivers: {}\n", "`waivers` is empty"),
        ("waivers: { approvers: [] }\n", "`waivers.approvers` is empty"),
        ("tiers: { critical: {} }\n", "`tiers.critical` is empty"),
        ("calendar: {}\n", "`calendar` is empty"),
        ("floor: { harden: 55 }\n", "unknown key `floor`"),
        ("floors: { hardn: 55 }\n", "unknown key `hardn`"),
        ("floors: { harden: 55.5 }\n", "`harden` is"),
        ("floors: { harden: \"55\" }\n", "`harden` is"),
        ("floors: { harden: 55 }\nfloors: { harden: 60 }\n", "stands twice"),
        ("required: { a: none }\n", "`a` cannot be `none`"),
        ("waivers: { approvers: [Risk committee] }\n", "is a group"),
        ("waivers: { approvers: [TBD] }\n", "names nobody"),
        ("waivers: { approvers: [J. Chen, j. chen] }\n", "stands twice"),
        ("extends: [{ path: x.yaml, sha: abc }]\n", "unknown key `sha`"),
        ("extends: [3]\n", "expected a path"),
        ("capacity: { ops: 8 }\n", "cannot work 8 days"),
        ("calendar: { holidays: [2026-13-01] }\n", "is not a date"),
        ("aipp_policy: 2\n", "stands twice"),
    ] {
        let errors = wrong(text);
        assert!(errors.iter().any(|e| e.contains(said)), "{text}: {errors:?}");
    }
    let version =
        load("p.yaml", &Memory([("p.yaml".to_owned(), "aipp_policy: 2\ntier: standard\n".to_owned())].into()))
            .unwrap_err();
    assert!(version[0].message.contains("format 1, not 2"));
    let none = load("p.yaml", &Memory([("p.yaml".to_owned(), "tier: standard\n".to_owned())].into())).unwrap_err();
    assert!(none[0].message.contains("`aipp_policy` is missing"));
}

#[test]
fn what_is_extended_must_be_there_whole_and_in_no_circle() {
    let circle = read(&[
        ("a.yaml", "extends: [b.yaml]\n"),
        ("b.yaml", "extends: [c/c.yaml]\n"),
        ("c/c.yaml", "extends: [../a.yaml]\n"),
    ]);
    assert_eq!(
        circle.unwrap_err(),
        [
            "policy-extends: the policies build on each other in a circle: a.yaml extends b.yaml extends c/c.yaml extends a.yaml"
        ]
    );
    assert!(read(&[("a.yaml", "extends: [a.yaml]\n")]).unwrap_err()[0].contains("circle"));
    assert!(read(&[("a.yaml", "extends: [none.yaml]\n")]).unwrap_err()[0].contains("does not exist"));
    let digest = crate::digest::sha256(b"aipp_policy: 1\ntier: critical\n");
    let pinned = |pin: &str| {
        read(&[
            ("a.yaml", &format!("extends: [{{ path: b.yaml, sha256: \"{pin}\" }}]\n")),
            ("b.yaml", "tier: critical\n"),
        ])
    };
    assert_eq!(pinned(&digest.to_uppercase()).unwrap().least_tier, Some(Tier::Critical));
    assert!(pinned(&digest.replace(['0', '1', '2'], "f")).unwrap_err()[0].starts_with("wrong-digest"));
    assert!(pinned("abc").unwrap_err()[0].contains("is no sha256"));
    // Two ways to one file are no circle.
    let diamond = read(&[
        ("a.yaml", "extends: [b.yaml, c.yaml]\n"),
        ("b.yaml", "extends: [d.yaml]\n"),
        ("c.yaml", "extends: [./d.yaml]\n"),
        ("d.yaml", "tier: critical\n"),
    ]);
    assert_eq!(diamond.unwrap().files.len(), 4);
    let nobody = read(&[
        ("a.yaml", "extends: [b.yaml, c.yaml]\n"),
        ("b.yaml", "waivers: { approvers: [J. Chen] }\n"),
        ("c.yaml", "waivers: { approvers: [A. Silva] }\n"),
    ]);
    assert!(nobody.unwrap_err()[0].contains("no person may approve"));
}

#[test]
fn levels_are_held_against_the_checks_that_there_are() {
    let catalogue = Catalogue::builtin().unwrap();
    let errors = |text: &str| -> Vec<String> {
        read(&[("p.yaml", text)]).unwrap().verify(&catalogue).unwrap_err().into_iter().map(|e| e.message).collect()
    };
    assert!(errors("required: { gov-audit-lgo: verified }\n")[0].contains("there is no check"));
    assert!(errors("required: { gov-audit-log: documented }\n")[0].contains("requires verified by itself"));
    let free =
        catalogue.checks.iter().find(|c| c.required.is_none() && c.due() != Phase::ProveValue && c.waivable).unwrap();
    let text = format!(
        "required: {{ {}: documented }}\ntiers: {{ experimental: {{ required: {{ {}: documented }} }} }}\n",
        free.id, free.id
    );
    let policy = read(&[("p.yaml", &text)]).unwrap();
    assert!(policy.verify(&catalogue).is_ok());
    assert_eq!(policy.required(free, Tier::Standard), Some(Level::Documented));
    assert_eq!(policy.required(free, Tier::Critical), Some(Level::Verified));
    assert!(policy.required(free, Tier::Experimental).is_some() && policy.counts(free, Tier::Experimental));
    assert_eq!(Policy::default().required(free, Tier::Critical), None);
}

#[test]
fn a_store_holds_no_password() {
    for address in [
        "postgres://ci:s3cret@db.example/aipp",
        "postgresql://ci:a@s3cret@db.example/aipp",
        "postgres://ci@db.example/aipp?connect_timeout=3&Password=s3cret",
        "postgres://ci@db.example/aipp?pass%77ord=s3cret",
    ] {
        let errors = load("p.yaml", &memory(&[("p.yaml", &format!("store: {address}\n"))])).unwrap_err();
        let said = errors.iter().map(|e| e.render(Look::PLAIN)).collect::<String>();
        assert!(said.contains("`store` holds a password") && said.contains("p.yaml:2"), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
    let policy = read(&[("p.yaml", "store: postgres://ci@db.example/aipp\n")]).unwrap();
    assert_eq!(policy.settings.iter().find(|s| s.key == "store").unwrap().value, "postgres://ci@db.example/aipp");
    assert_eq!(policy.store.unwrap(), "postgres://ci@db.example/aipp");
    assert_eq!(
        read(&[("org/p.yaml", "store: data/history.jsonl\n")]).unwrap().store.unwrap(),
        "org/data/history.jsonl"
    );
}

proptest! {
    /// Whatever is extended in whatever order: the result is at least as strict as each of the files, and as what is built in.
    #[test]
    fn a_policy_never_lowers(a in 50u32..=100, b in 50u32..=100, days_a in 1u32..=90, days_b in 1u32..=90) {
        let text = |floor: u32, days: u32| format!("floors: {{ harden: {floor} }}\nwaivers: {{ max_days: {days} }}\n");
        let (one, other) = (text(a, days_a), text(b, days_b));
        for list in ["a.yaml, b.yaml", "b.yaml, a.yaml"] {
            let policy = read(&[("p.yaml", &format!("extends: [{list}]\n")), ("a.yaml", &one), ("b.yaml", &other)]).unwrap();
            prop_assert_eq!(policy.floors, [40, a.max(b), 60, 65]);
            prop_assert_eq!(policy.waivers.max_days, i64::from(days_a.min(days_b)));
        }
        let below = read(&[("p.yaml", &format!("extends: [a.yaml]\n{other}")), ("a.yaml", &one)]);
        prop_assert_eq!(below.is_ok(), b >= a && days_b <= days_a);
    }

    /// A path never gains or loses a folder by being written in another way.
    #[test]
    fn paths_are_named_from_the_file_that_names_them(folder in "[a-z]{1,4}(/[a-z]{1,4}){0,2}", name in "[a-z]{1,4}") {
        let from = format!("{folder}/p.yaml");
        prop_assert_eq!(beside(Some(&from), &name), format!("{folder}/{name}"));
        prop_assert_eq!(beside(Some(&from), &format!("./x/../{name}")), format!("{folder}/{name}"));
        let up = "../".repeat(folder.split('/').count());
        prop_assert_eq!(beside(Some(&from), &format!("{up}{name}")), name.clone());
        prop_assert_eq!(beside(Some(&from), &format!("{up}../{name}")), format!("../{name}"));
    }
}
