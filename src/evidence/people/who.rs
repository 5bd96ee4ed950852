//! Names, handles and e-mail addresses enter; whether they mean the same person, and in which role, leaves.
//!
//! Records are written by many hands: `M. Okafor`, `Miriam Okafor`, `@mokafor` and `mokafor@acme.example` are one person.

use crate::evidence::git::Commit;
use crate::manifest::Manifest;
use crate::manifest::model::Person;

/// Words that stand where a name should have been written.
const NOBODY: &[&str] = &[
    "tbd",
    "tba",
    "tbc",
    "todo",
    "fixme",
    "n/a",
    "na",
    "none",
    "nil",
    "null",
    "unknown",
    "nobody",
    "someone",
    "somebody",
    "anyone",
    "name",
    "owner",
    "your name",
    "to be defined",
    "to be decided",
    "to be determined",
    "not yet",
    "pending",
    "?",
    "-",
    "x",
    "xxx",
];

/// Actors that are no person: their approval is nobody's.
const MACHINES: &[&str] = &["auto", "automatic", "automation", "bot", "system", "agent", "service", "cron", "pipeline"];

/// Whether a text stands where a name should have been written.
#[must_use]
pub(in crate::evidence) fn is_placeholder(text: &str) -> bool {
    let text = text.trim().trim_end_matches(['.', '!', '…']).trim_start_matches('@').to_lowercase();
    NOBODY.contains(&text.as_str())
        || !text.chars().any(char::is_alphanumeric)
        || (text.starts_with('<') && text.ends_with('>'))
        || (text.starts_with('[') && text.ends_with(']'))
        || (text.starts_with('{') && text.ends_with('}'))
}

/// Whether an actor in a log is a program.
#[must_use]
pub(in crate::evidence) fn is_machine(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let ends = |word: &str| {
        text.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with(['-', '_', '[', ' ']))
    };
    text.ends_with("[bot]") || MACHINES.iter().any(|word| ends(word))
}

/// How well a text names a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// The family name agrees and a first name is an initial.
    Initial,
    /// Name, handle, address or reference agree.
    Exact,
}

/// One person: everything the manifest says to recognize them by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::evidence) struct Identity {
    name: Option<String>,
    handle: Option<String>,
    email: Option<String>,
    reference: Option<String>,
}

impl Identity {
    fn new(name: Option<&str>, handle: Option<&str>, email: Option<&str>, reference: Option<&str>) -> Self {
        let given = |text: Option<&str>| text.map(str::trim).filter(|t| !is_placeholder(t)).map(str::to_owned);
        let plain_handle = |text: String| text.trim_start_matches('@').to_lowercase();
        let mut identity = Self {
            name: given(name),
            handle: given(handle).map(plain_handle),
            email: given(email).map(|e| e.to_lowercase()),
            reference: given(reference).map(|r| r.to_lowercase()),
        };
        // A bare text in the manifest becomes the name, also when it is a handle or an address.
        if let Some(name) = identity.name.take() {
            match Spoken::of(&name) {
                Spoken::Handle(handle) if identity.handle.is_none() => identity.handle = Some(handle),
                Spoken::Email(email) if identity.email.is_none() => identity.email = Some(email),
                Spoken::Both(plain, email) => {
                    identity.email.get_or_insert(email);
                    identity.name = Some(plain);
                }
                Spoken::Handle(_) | Spoken::Email(_) | Spoken::Name(_) => identity.name = Some(name),
            }
        }
        identity
    }

    fn of(person: &Person) -> Self {
        Self::new(
            person.name.as_deref(),
            person.handle.as_deref(),
            person.email.as_deref(),
            person.person_ref.as_deref(),
        )
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What to call the person: the name when there is one.
    fn display(&self) -> Option<String> {
        self.name
            .clone()
            .or_else(|| self.handle.as_ref().map(|h| format!("@{h}")))
            .or_else(|| self.email.clone())
            .or_else(|| self.reference.clone())
    }

    /// Takes over what the same person is known by elsewhere in the manifest.
    fn complete(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.name, &other.name),
            (&mut self.handle, &other.handle),
            (&mut self.email, &other.email),
            (&mut self.reference, &other.reference),
        ] {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        }
    }

    fn same(&self, other: &Self) -> bool {
        let equal = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        equal(&self.handle, &other.handle)
            || equal(&self.email, &other.email)
            || equal(&self.reference, &other.reference)
            || matches!((&self.name, &other.name), (Some(a), Some(b)) if same_name(a, b) == Some(Match::Exact))
    }

    fn named_by(&self, text: &str) -> Option<Match> {
        let exact = |yes: bool| yes.then_some(Match::Exact);
        let by_name = |name: &str| self.name.as_deref().and_then(|mine| same_name(mine, name));
        match Spoken::of(text) {
            Spoken::Handle(handle) => exact(self.handle.as_ref() == Some(&handle)),
            Spoken::Email(email) => exact(self.has_email(&email)),
            Spoken::Both(name, email) => exact(self.has_email(&email)).or_else(|| by_name(&name)),
            Spoken::Name(name) => {
                let lower = Some(name.to_lowercase());
                exact(self.handle == lower || self.reference == lower).or_else(|| by_name(&name))
            }
        }
    }

    /// Whether an address is this person's: the declared one, or one that carries the handle.
    fn has_email(&self, email: &str) -> bool {
        if self.email.as_deref() == Some(email) {
            return true;
        }
        let local = email.split('@').next().unwrap_or_default();
        // A forge's private address is `12345+handle@users.noreply...`.
        let local = local.rsplit('+').next().unwrap_or(local);
        self.email.is_none() && self.handle.as_deref() == Some(local)
            || (email.contains("noreply") && self.handle.as_deref() == Some(local))
    }

    /// Whether this person wrote a commit.
    #[must_use]
    pub(in crate::evidence) fn wrote(&self, commit: &Commit) -> bool {
        self.has_email(&commit.email.to_lowercase()) || self.named_by(&commit.name).is_some()
    }
}

/// A text that names somebody, by what kind of name it is.
#[derive(Debug, PartialEq, Eq)]
enum Spoken {
    Handle(String),
    Email(String),
    Both(String, String),
    Name(String),
}

impl Spoken {
    fn of(text: &str) -> Self {
        let text = text.trim();
        if let Some((name, rest)) = text.split_once('<')
            && let Some((email, _)) = rest.split_once('>')
            && email.contains('@')
        {
            let email = email.trim().to_lowercase();
            return if name.trim().is_empty() { Self::Email(email) } else { Self::Both(plain(name), email) };
        }
        if let Some(handle) = text.strip_prefix('@') {
            let handle = handle.split(char::is_whitespace).next().unwrap_or_default();
            return Self::Handle(handle.to_lowercase());
        }
        if text.contains('@') && !text.contains(char::is_whitespace) {
            return Self::Email(text.to_lowercase());
        }
        Self::Name(plain(text))
    }
}

/// A name without what people write behind it: `M. Okafor (CFO)`, `M. Okafor, CFO`.
fn plain(name: &str) -> String {
    name.split(['(', ',', ';']).next().unwrap_or_default().trim().to_owned()
}

/// Whether two names mean one person: `M. Okafor` and `Miriam Okafor` do.
fn same_name(a: &str, b: &str) -> Option<Match> {
    let words = |name: &str| -> Vec<String> {
        name.split(|c: char| c.is_whitespace() || c == '.' || c == '_')
            .filter(|w| !w.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (a, b) = (words(a), words(b));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    if a == b {
        return Some(Match::Exact);
    }
    let [first_a, .., last_a] = a.as_slice() else { return None };
    let [first_b, .., last_b] = b.as_slice() else { return None };
    let initial = |x: &str, y: &str| x.chars().count() == 1 && y.starts_with(x);
    let first = first_a == first_b || initial(first_a, first_b) || initial(first_b, first_a);
    (last_a == last_b && first).then_some(Match::Initial)
}

/// The people of a manifest, each once, with their roles.
#[derive(Debug, Default)]
pub(in crate::evidence) struct People {
    all: Vec<Identity>,
    owners: Vec<usize>,
    builders: Vec<usize>,
    sponsor: Option<usize>,
    deputy: Option<usize>,
}

impl People {
    /// Those whom a manifest names.
    #[must_use]
    pub(in crate::evidence) fn of(manifest: &Manifest) -> Self {
        let mut people = Self::default();
        let Some(named) = &manifest.people else { return people };
        if let Some(owner) = &named.owner {
            people.owners = owner.iter().filter_map(|person| people.add(Identity::of(person))).collect();
        }
        people.builders = named.builders.iter().filter_map(|person| people.add(Identity::of(person))).collect();
        for person in named.approvers.iter().chain(&named.on_call) {
            let _ = people.add(Identity::of(person));
        }
        if let Some(sponsor) = &named.sponsor {
            people.sponsor = people.add(Identity::new(sponsor.name.as_deref(), sponsor.handle.as_deref(), None, None));
            people.deputy = people.add(Identity::new(sponsor.deputy.as_deref(), None, None, None));
        }
        let lead = named.operations.as_ref().and_then(|operations| operations.lead.as_deref());
        let _ = people.add(Identity::new(lead, None, None, None));
        people
    }

    /// The index of a person, new or known already; none when nothing names one.
    fn add(&mut self, identity: Identity) -> Option<usize> {
        if identity.is_empty() {
            return None;
        }
        let known = self.all.iter().position(|other| other.same(&identity));
        match known.and_then(|at| self.all.get_mut(at).map(|known| (at, known))) {
            Some((at, known)) => {
                known.complete(&identity);
                Some(at)
            }
            None => {
                self.all.push(identity);
                Some(self.all.len() - 1)
            }
        }
    }

    /// The person that a text names; an initial counts when it fits one person only.
    fn find(&self, text: &str) -> Option<usize> {
        let found: Vec<(Match, usize)> =
            self.all.iter().enumerate().filter_map(|(i, person)| Some((person.named_by(text)?, i))).collect();
        let best = found.iter().map(|(m, _)| *m).max()?;
        let mut of_best = found.iter().filter(|(m, _)| *m == best);
        match (of_best.next(), of_best.next()) {
            (Some((_, at)), None) => Some(*at),
            (Some((Match::Exact, at)), Some(_)) => Some(*at),
            _ => None,
        }
    }

    /// The person's name in the manifest; the text as it is when the manifest knows nobody of that name.
    #[must_use]
    pub(in crate::evidence) fn name_of(&self, text: &str) -> String {
        self.find(text).and_then(|at| self.all.get(at)?.display()).unwrap_or_else(|| text.trim().to_owned())
    }

    /// Whether two texts name one person.
    #[must_use]
    pub(in crate::evidence) fn same(&self, a: &str, b: &str) -> bool {
        match (self.find(a), self.find(b)) {
            (Some(a), Some(b)) => a == b,
            _ => match (Spoken::of(a), Spoken::of(b)) {
                (Spoken::Name(a), Spoken::Name(b)) => same_name(&a, &b).is_some(),
                (Spoken::Name(name), Spoken::Handle(handle)) | (Spoken::Handle(handle), Spoken::Name(name)) => {
                    name.to_lowercase() == handle
                }
                (a, b) => a == b,
            },
        }
    }

    /// Whether somebody is named as the owner.
    #[must_use]
    pub(in crate::evidence) fn has_owner(&self) -> bool {
        !self.owners.is_empty()
    }

    /// The owner, when it is exactly one.
    #[must_use]
    pub(in crate::evidence) fn owner(&self) -> Option<&Identity> {
        match self.owners.as_slice() {
            [one] => self.all.get(*one),
            _ => None,
        }
    }

    /// The owner's handle and address, as CODEOWNERS writes them.
    #[must_use]
    pub(in crate::evidence) fn owner_marks(&self) -> Vec<String> {
        let owner = self.owner();
        let handle = owner.and_then(|o| o.handle.as_ref()).map(|h| format!("@{h}"));
        handle.into_iter().chain(owner.and_then(|o| o.email.clone())).collect()
    }

    /// The owner's name.
    #[must_use]
    pub(in crate::evidence) fn owner_name(&self) -> Option<&str> {
        self.owner()?.name.as_deref()
    }

    fn is_one_of(&self, text: &str, roles: &[usize]) -> bool {
        // Whom an initial might mean counts too: these questions keep people out.
        roles.iter().any(|at| self.all.get(*at).is_some_and(|person| person.named_by(text).is_some()))
    }

    /// Whether a text names the project's owner.
    #[must_use]
    pub(in crate::evidence) fn is_owner(&self, text: &str) -> bool {
        self.is_one_of(text, &self.owners)
    }

    /// Whether a commit is the owner's.
    #[must_use]
    pub(in crate::evidence) fn owner_wrote(&self, commit: &Commit) -> bool {
        self.owners.iter().any(|at| self.all.get(*at).is_some_and(|person| person.wrote(commit)))
    }

    /// Whether a text names a builder.
    #[must_use]
    pub(in crate::evidence) fn is_builder(&self, text: &str) -> bool {
        self.is_one_of(text, &self.builders)
    }

    /// Whether anybody is named as a builder.
    #[must_use]
    pub(in crate::evidence) fn has_builders(&self) -> bool {
        !self.builders.is_empty()
    }

    /// Whether a text names the sponsor or the deputy.
    #[must_use]
    pub(in crate::evidence) fn is_sponsor(&self, text: &str) -> bool {
        let found = self.find(text);
        found.is_some() && (found == self.sponsor || found == self.deputy)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;
    use crate::manifest;

    fn people() -> People {
        let text = "people:
  sponsor: { name: Miriam Okafor, title: CFO, deputy: T. Berg }
  owner: { name: Priya Raman, handle: '@praman' }
  builders:
    - { name: Ana Silva, handle: '@asilva', email: ana@acme.example, person_ref: E-1007 }
    - '@jchen'
  approvers: [ { name: Priya Raman, email: priya@acme.example } ]
  on_call: [ Rosa Diaz ]
";
        People::of(&manifest::load("aipp.yaml", text.into()).unwrap().manifest)
    }

    fn commit(name: &str, email: &str) -> Commit {
        let day = crate::manifest::value::Day::parse("2026-10-01").unwrap();
        Commit { day, name: name.to_owned(), email: email.to_owned(), id: "a1".to_owned() }
    }

    #[test]
    fn one_person_has_many_names() {
        let people = people();
        for text in [
            "Priya Raman",
            "priya raman",
            "P. Raman",
            "@praman",
            "praman",
            "priya@acme.example",
            "Priya Raman (PO)",
            "P. Raman <priya@acme.example>",
        ] {
            assert!(people.is_owner(text), "{text}");
            assert_eq!(people.name_of(text), "Priya Raman", "{text}");
        }
        for text in ["Priya", "Pavel Ramanov", "@prama", "A. Silva", "", "ML team"] {
            assert!(!people.is_owner(text), "{text}");
        }
        assert_eq!(people.name_of("E-1007"), "Ana Silva");
        assert_eq!(people.name_of("@jchen"), "@jchen");
        assert_eq!(people.name_of(" Nobody Known "), "Nobody Known");
        assert!(people.is_builder("jchen") && people.is_builder("A. Silva") && !people.is_builder("Rosa Diaz"));
        assert!(people.is_sponsor("M. Okafor") && people.is_sponsor("T. Berg") && !people.is_sponsor("Priya Raman"));
    }

    #[test]
    fn commits_are_known_by_name_address_or_handle() {
        let people = people();
        assert!(people.owner_wrote(&commit("Priya Raman", "p@home.example")));
        assert!(people.owner_wrote(&commit("x", "PRIYA@acme.example")));
        assert!(people.owner_wrote(&commit("praman", "x@y.example")));
        assert!(people.owner_wrote(&commit("x", "1234+praman@users.noreply.github.com")));
        assert!(!people.owner_wrote(&commit("Ana Silva", "ana@acme.example")));
    }

    #[test]
    fn an_initial_that_fits_two_people_names_nobody() {
        let text = "people: { builders: [ Ana Silva, Anton Silva ], on_call: [ A. Silva ] }";
        let people = People::of(&manifest::load("aipp.yaml", text.into()).unwrap().manifest);
        assert_eq!(people.name_of("A. Silva"), "A. Silva");
        let text = "people: { builders: [ Ana Silva, Anton Silva ] }";
        let people = People::of(&manifest::load("aipp.yaml", text.into()).unwrap().manifest);
        assert_eq!(people.name_of("A. Silva"), "A. Silva");
        assert!(people.is_builder("A. Silva"), "one of them it is");
    }

    #[test]
    fn two_texts_name_one_person_or_not() {
        let people = people();
        assert!(people.same("@praman", "Priya Raman"));
        assert!(people.same("K. Lund", "Karl Lund"));
        assert!(people.same("@klund", "klund"));
        assert!(!people.same("@praman", "@asilva"));
        assert!(!people.same("Karl Lund", "Karin Lund"));
    }

    #[test]
    fn placeholders_and_programs_are_nobody() {
        for text in ["", "TBD", "@tbd", "<owner>", "[Your name]", "n/a", "???", "{{ owner }}"] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["Priya Raman", "@praman", "Bo", "李雷"] {
            assert!(!is_placeholder(text), "{text}");
        }
        assert!(is_machine("auto") && is_machine("approval-bot") && is_machine("renovate[bot]"));
        assert!(!is_machine("Abbot") && !is_machine("Talbot") && !is_machine("Priya Raman"));
        let people = People::of(&manifest::load("aipp.yaml", "people: { owner: TBD }".into()).unwrap().manifest);
        assert!(!people.has_owner());
    }
}
