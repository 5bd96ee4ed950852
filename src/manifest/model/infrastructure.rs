//! What the system is made of and what it rests on: placement, agents, models, prompts, dependencies, delivery, cost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_absent, section};
use crate::manifest::value::{Quantity, Short, leading};

section! {
    /// Where the four parts run.
    Infrastructure => note {
        /// Where models are trained; `location: none` with a reason when nothing is.
        training: Option<Short<Placement>>,
        /// Where models answer.
        inference: Option<Short<Placement>>,
        /// Where the data is kept.
        data: Option<Short<Placement>>,
        /// What ties the parts together.
        orchestration: Option<Short<Placement>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// One placement decision; complete with a location and a reason.
    Placement => location {
        /// For instance cloud, edge, on-premise, hybrid or none.
        location: Option<String>,
        /// The provider, where there is one.
        provider: Option<String>,
        /// The region, where there is one.
        region: Option<String>,
        /// The tool that does it.
        tool: Option<String>,
        /// Why here.
        reason: Option<String>,
    }
}

section! {
    /// An agent.
    Agent => name {
        /// Its name.
        name: Option<String>,
        /// The identity it acts under.
        identity: Option<String>,
        /// The tools it may call.
        tools: Vec<String>,
    }
}

section! {
    /// A model.
    Model => name {
        /// Its name.
        name: Option<String>,
        /// Who serves it.
        provider: Option<String>,
        /// The pinned version or dated id.
        version: Option<String>,
        /// Its path in the repository, when it is kept there.
        path: Option<String>,
        /// What it does here.
        role: Option<String>,
    }
}

section! {
    /// The prompts.
    Prompts => path {
        /// The folder or file they are kept in.
        path: Option<String>,
        /// The deployed version.
        version: Option<String>,
    }
}

section! {
    /// Something the system depends on.
    Dependency => name {
        /// Its name; fault tests name it too.
        name: Option<String>,
        /// For instance model, tool, database.
        kind: Option<String>,
        /// False when the system works without it.
        critical: Option<bool>,
        /// Time-out in seconds.
        timeout_s: Option<f64>,
        /// How often a call is repeated.
        max_retries: Option<u64>,
        /// What happens when it fails.
        fallback: Option<String>,
        /// How to leave it for good.
        exit_plan: Option<String>,
    }
}

section! {
    /// How it is built and deployed.
    Delivery => pipeline {
        /// The CI file or the name of the pipeline.
        pipeline: Option<String>,
        /// The environments, for instance staging and production.
        environments: Vec<String>,
        /// The paths whose change changes what is served.
        serving_paths: Vec<String>,
    }
}

section! {
    /// Caps on spend.
    Cost => note {
        /// The most that one unit of work may cost.
        unit_budget: Option<Quantity>,
        /// The most that a month may cost.
        monthly_cap: Option<Quantity>,
        /// The most tokens for one request.
        max_tokens: Option<u64>,
        /// The most steps an agent takes for one task.
        max_steps: Option<u64>,
        /// The most requests in a time, for instance `60/min`.
        rate_limit: Option<String>,
        /// Prose.
        note: Option<String>,
    }
}
