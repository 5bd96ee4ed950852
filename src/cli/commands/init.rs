//! `aipp init`: a repository and answers enter; the first manifest, its schema and a line for git leave.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aipp::diagnostic::{Code, Diagnostic};
use aipp::evidence::{View, collect};
use aipp::init::{
    self, Answers, Detected, QUESTIONS, Question, Topic, answer_all, detect, manifest_text, question_about,
};
use aipp::inventory::inventory;
use aipp::manifest::value::Day;
use aipp::manifest::{self, Manifest};
use aipp::receipt::{Receipt, WrittenFile};
use aipp::render::View as Shown;
use anyhow::Context as _;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::prompt::{self, Prompt, Reply};
use crate::cli::{Failure, clock, input, schema};

/// The arguments of `aipp init`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "In a terminal it shows what it found, asks what it could not find, shows what it will write, and writes it when you \
    agree. Every question has a flag; a flag that is given is not asked."
)]
pub(crate) struct Args {
    /// The project's folder
    path: Option<PathBuf>,
    /// Ask nothing: write what was found and what the flags say, and leave the rest open
    #[arg(short, long)]
    yes: bool,
    /// Replace a manifest that is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    given: Given,
}

/// Answers by flags.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Answers")]
struct Given {
    /// The project's name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// agent, llm-app or ml-model
    #[arg(long, value_name = "WORD")]
    system: Option<String>,
    /// online or batch
    #[arg(long, value_name = "WORD")]
    serving: Option<String>,
    /// experimental, standard or critical
    #[arg(long, value_name = "WORD")]
    tier: Option<String>,
    /// prove-value, harden, scale or expand
    #[arg(long, value_name = "WORD")]
    phase: Option<String>,
    /// One sentence: what falls (or rises) from where to where by which day
    #[arg(long, value_name = "SENTENCE")]
    business_case: Option<String>,
    /// The business process that it serves
    #[arg(long, value_name = "TEXT")]
    process: Option<String>,
    /// The one person who owns it, with a handle: `Dana Whitfield @dwhitfield`
    #[arg(long, value_name = "PERSON")]
    owner: Option<String>,
    /// The executive who pays and decides, with a title: `Ines Costa, General Counsel`
    #[arg(long, value_name = "PERSON")]
    sponsor: Option<String>,
    /// First day of the pilot
    #[arg(long, value_name = "YYYY-MM-DD")]
    pilot_start: Option<String>,
    /// Last day of the pilot
    #[arg(long, value_name = "YYYY-MM-DD")]
    pilot_end: Option<String>,
    /// The first metric's name
    #[arg(long, value_name = "TEXT")]
    metric: Option<String>,
    /// Its value before the pilot: `90 min`
    #[arg(long, value_name = "QUANTITY")]
    baseline: Option<String>,
    /// The value to reach: `20 min`
    #[arg(long, value_name = "QUANTITY")]
    target: Option<String>,
    /// The day by which it is reached
    #[arg(long, value_name = "YYYY-MM-DD")]
    deadline: Option<String>,
    /// The risk tier, for instance high, limited or minimal
    #[arg(long, value_name = "WORD")]
    risk_tier: Option<String>,
}

impl Given {
    fn all(&self) -> Vec<(Topic, String)> {
        [
            (Topic::Name, &self.name),
            (Topic::System, &self.system),
            (Topic::Serving, &self.serving),
            (Topic::Tier, &self.tier),
            (Topic::Phase, &self.phase),
            (Topic::BusinessCase, &self.business_case),
            (Topic::Process, &self.process),
            (Topic::Owner, &self.owner),
            (Topic::Sponsor, &self.sponsor),
            (Topic::PilotStart, &self.pilot_start),
            (Topic::PilotEnd, &self.pilot_end),
            (Topic::Metric, &self.metric),
            (Topic::Baseline, &self.baseline),
            (Topic::Target, &self.target),
            (Topic::Deadline, &self.deadline),
            (Topic::RiskTier, &self.risk_tier),
        ]
        .into_iter()
        .filter_map(|(topic, text)| Some((topic, text.clone()?)))
        .collect()
    }
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    if global.manifest.is_some() {
        return Err(usage(
            "`aipp init` writes the manifest of a folder; --manifest names one that is there",
            "name the folder: `aipp init PATH`",
        ));
    }
    if !args.yes && !prompt::is_possible() {
        let message = "`aipp init` asks questions, and there is no terminal to ask them in";
        let help = "use `aipp init --yes`, with flags such as --name and --owner for what it cannot find";
        return Err(Failure::one(Diagnostic::error(Code::NoTerminal, message).help(help)));
    }
    let today = clock::today(global)?;
    let (project, root) = input::bare(args.path.as_deref(), global)?;
    let target = target(&root, args.force)?;
    let empty = Manifest::default();
    let found = collect(&View::of(&project.tree, &project.git, &empty, today));
    let detected = detect(&project.tree, &inventory(&found, &project.root));

    let mut answers = Answers::default();
    for (topic, value, _) in &detected.answers {
        // What cannot stand in a manifest was not found.
        let _ = answers.set(*topic, value);
    }
    if answers.get(Topic::Name).is_none() {
        let _ = answers.set(Topic::Name, &project.name);
    }
    answer_all(&mut answers, &args.given.all()).map_err(Failure::Input)?;
    if !global.quiet {
        output::say(&seen(&detected, &answers, &project.root));
    }
    if !args.yes {
        let prompt = Prompt::new();
        let agreed = interview(&prompt, &mut answers, &detected, today)
            .and_then(
                |go_on| if go_on { review(&prompt, &mut answers, &detected, &target, &root, today) } else { Ok(false) },
            )
            .context("the terminal cannot be read")?;
        if !agreed {
            output::say("Nothing was written.\n");
            return Ok(Exit::Input);
        }
    }
    let files = files(&answers, &detected, &target, &root)?;
    let mut written = Vec::new();
    // The manifest comes last: without it nothing else counts.
    for file in files {
        output::write_below(&root, &file.path, file.text.as_bytes(), true)?;
        let action =
            if file.existed { if file.path == ".gitattributes" { "appended" } else { "replaced" } } else { "created" };
        written.push(WrittenFile { path: input::shown(&root.join(&file.path)), action });
    }
    let at = args.path.as_ref().map(|path| format!(" {}", path.display())).unwrap_or_default();
    let receipt = Receipt::of(written, vec![format!("aipp assess{at}")]);
    output::show(&Shown::Written(&receipt), global, looks)?;
    Ok(Exit::Done)
}

fn usage(message: &str, help: &str) -> Failure {
    Failure::one(Diagnostic::error(Code::BadValue, message).help(help))
}

/// Where the manifest goes, from the root. One that is there is replaced only with `--force`, and only one that is YAML: two side
/// by side would be an error from then on.
fn target(root: &Path, force: bool) -> Result<String, Failure> {
    let there = input::manifests(root);
    let name = |file: &Path| input::shown(file.strip_prefix(root).unwrap_or(file));
    let exists = |message: String, help: String| Err(Failure::one(Diagnostic::error(Code::Exists, message).help(help)));
    match there.as_slice() {
        [] => Ok("aipp.yaml".to_owned()),
        [one] if !one.is_file() => exists(format!("`{}` is no file", input::shown(one)), "move it away".to_owned()),
        [one] if !force => exists(
            format!("there is a manifest already: `{}`", input::shown(one)),
            "edit it, or replace it with --force; `aipp assess` says what it lacks".to_owned(),
        ),
        [one] if one.extension().is_some_and(|e| e == "yaml" || e == "yml") => Ok(name(one)),
        [one] => exists(
            format!("there is a manifest already, and it is not YAML: `{}`", input::shown(one)),
            "delete it first; aipp.yaml beside it would be a second manifest".to_owned(),
        ),
        [first, second, ..] => exists(
            format!("two manifests stand side by side: {} and {}", input::shown(first), input::shown(second)),
            "delete one of the two".to_owned(),
        ),
    }
}

/// A file to be written.
struct File {
    path: String,
    text: String,
    existed: bool,
}

/// Everything that is written, the manifest last.
fn files(answers: &Answers, detected: &Detected, target: &str, root: &Path) -> Result<Vec<File>, Failure> {
    const SCHEMA: &str = ".aipp/aipp.schema.json";
    let up = if target.contains('/') { "../" } else { "./" };
    let manifest = manifest_text(answers, detected, &format!("{up}{SCHEMA}"));
    manifest::load(target, manifest.clone().into_bytes()).map_err(Failure::Input)?;
    let existed = |path: &str| root.join(path).symlink_metadata().is_ok();
    let attributes = match fs::read(root.join(".gitattributes")) {
        Ok(bytes) => Some(
            String::from_utf8(bytes).map_err(|_| usage("`.gitattributes` is not UTF-8 text", "save it as UTF-8"))?,
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(anyhow::Error::new(error).context("cannot read .gitattributes").into()),
    };
    let mut files = vec![File { path: SCHEMA.to_owned(), text: schema::text("manifest")?, existed: existed(SCHEMA) }];
    if let Some(text) = init::gitattributes(attributes.as_deref()) {
        files.push(File { path: ".gitattributes".to_owned(), text, existed: attributes.is_some() });
    }
    files.push(File { path: target.to_owned(), text: manifest, existed: existed(target) });
    Ok(files)
}

/// What was found, a line each.
fn seen(detected: &Detected, answers: &Answers, root: &str) -> String {
    let mut text = format!("Found in {root}\n");
    let mut line = |what: &str, value: &str, path: &str| {
        let value = if value.is_empty() { String::new() } else { format!("  {value}") };
        let line = format!("  {what:<22}{path}{value}");
        text.push_str(&aipp::diagnostic::visible(&line));
        text.push('\n');
    };
    for (topic, value, path) in &detected.answers {
        if answers.get(*topic) == Some(value.as_str()) {
            line(label(*topic), value, path);
        }
    }
    for sight in &detected.sights {
        line(&sight.what, &sight.value, &sight.path);
    }
    for (model, path) in &detected.models {
        line("model", model, path);
    }
    if detected.answers.is_empty() && detected.sights.is_empty() {
        text.push_str("  nothing that a manifest could use\n");
    }
    text
}

fn label(topic: Topic) -> &'static str {
    question_about(topic).flag.trim_start_matches('-')
}

/// Asks what is not answered yet. False when the person quits.
fn interview(prompt: &Prompt, answers: &mut Answers, detected: &Detected, today: Day) -> io::Result<bool> {
    let open: Vec<&Question> = QUESTIONS.iter().filter(|q| q.asked && answers.get(q.topic).is_none()).collect();
    prompt.say("")?;
    prompt.say("Enter takes what is in [brackets], - leaves a question open, < goes back,")?;
    prompt.say("Esc or Ctrl-C quits. Nothing is written before you agree.")?;
    let (mut at, mut been): (usize, Vec<usize>) = (0, Vec::new());
    while let Some(question) = open.get(at) {
        // Without a metric nothing is to be said about its values.
        let of_metric = matches!(question.topic, Topic::Baseline | Topic::Target | Topic::Deadline);
        if of_metric && answers.get(Topic::Metric).is_none() {
            at += 1;
            continue;
        }
        // What the business case says is not asked again; it can be changed before it is written.
        if let Some(said) = answers.suggestion(question.topic, today).filter(|_| of_metric) {
            prompt.say(&format!(
                "  {}: {} (from the business case)",
                label(question.topic),
                aipp::diagnostic::visible(&said)
            ))?;
            let _ = answers.set(question.topic, &said);
            at += 1;
            continue;
        }
        prompt.say("")?;
        match ask(prompt, question, answers, detected, today)? {
            Reply::Quit => return Ok(false),
            Reply::Back => at = been.pop().unwrap_or(at),
            Reply::Answer(()) => {
                been.push(at);
                at += 1;
            }
        }
    }
    Ok(true)
}

/// Asks one question and takes the answer.
fn ask(
    prompt: &Prompt,
    question: &Question,
    answers: &mut Answers,
    detected: &Detected,
    today: Day,
) -> io::Result<Reply<()>> {
    let topic = question.topic;
    let known = answers.get(topic).map(str::to_owned).or_else(|| answers.suggestion(topic, today));
    if !question.choices.is_empty() {
        let items: Vec<String> = question.choices.iter().map(|(word, about)| format!("{word:<14}{about}")).collect();
        let at = question.choices.iter().position(|(word, _)| Some(*word) == known.as_deref()).unwrap_or_default();
        return Ok(match prompt.choice(question.ask, &items, at)? {
            Reply::Quit => Reply::Quit,
            Reply::Back => Reply::Back,
            Reply::Answer(chosen) => {
                if let Some((word, _)) = question.choices.get(chosen) {
                    let _ = answers.set(topic, word);
                }
                Reply::Answer(())
            }
        });
    }
    let wants = match &detected.handle {
        Some(handle) if topic == Topic::Owner => {
            format!("name and handle; CODEOWNERS names {handle}: First Last {handle}")
        }
        _ => question.wants.to_owned(),
    };
    // Asked again, the old answer does not stand in the way of the new one.
    let mut others = answers.clone();
    others.clear(topic);
    let check = |text: &str| if matches!(text, "" | "-") { Ok(()) } else { others.check(topic, text) };
    Ok(match prompt.text(question.ask, &wants, known.as_deref(), &check)? {
        Reply::Quit => Reply::Quit,
        Reply::Back => Reply::Back,
        Reply::Answer(text) if matches!(text.as_str(), "" | "-") => {
            answers.clear(topic);
            Reply::Answer(())
        }
        Reply::Answer(text) => {
            let _ = answers.set(topic, &text);
            Reply::Answer(())
        }
    })
}

/// Shows what will be written, and asks once. False when the person quits.
fn review(
    prompt: &Prompt,
    answers: &mut Answers,
    detected: &Detected,
    target: &str,
    root: &Path,
    today: Day,
) -> io::Result<bool> {
    loop {
        let Ok(files) = files(answers, detected, target, root) else { return Ok(false) };
        prompt.say("")?;
        for file in &files {
            if file.path == target {
                prompt.say(&format!("--- {}", file.path))?;
                for line in file.text.lines() {
                    prompt.say(&aipp::diagnostic::visible(line))?;
                }
            }
        }
        let others: Vec<&str> = files.iter().map(|f| f.path.as_str()).filter(|path| *path != target).collect();
        prompt.say(&format!("--- and {}", others.join(", ")))?;
        prompt.say("")?;
        let items = ["Yes, write these files".to_owned(), "Change an answer".to_owned()];
        match prompt.choice("Write this?", &items, 0)? {
            Reply::Quit => return Ok(false),
            Reply::Answer(0) => return Ok(true),
            Reply::Answer(_) | Reply::Back => {
                if !change(prompt, answers, detected, today)? {
                    return Ok(false);
                }
            }
        }
    }
}

/// Asks which answer is to be changed, and asks it. False when the person quits.
fn change(prompt: &Prompt, answers: &mut Answers, detected: &Detected, today: Day) -> io::Result<bool> {
    let items: Vec<String> =
        QUESTIONS.iter().map(|q| format!("{:<16}{}", label(q.topic), answers.get(q.topic).unwrap_or("-"))).collect();
    match prompt.choice("Which answer?", &items, 0)? {
        Reply::Quit => Ok(false),
        Reply::Back => Ok(true),
        Reply::Answer(chosen) => match QUESTIONS.get(chosen) {
            Some(question) => Ok(ask(prompt, question, answers, detected, today)? != Reply::Quit),
            None => Ok(true),
        },
    }
}
