# Everything runs in eu-central-1 (Frankfurt), the model included; policy/regions.rego refuses a plan that says otherwise.
terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.18.0"
    }
  }
  backend "s3" {
    bucket       = "northgate-terraform-state"
    key          = "support-triage/terraform.tfstate"
    region       = "eu-central-1"
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-central-1"
  default_tags {
    tags = { service = "support-triage", owner = "lvogt" }
  }
}

variable "subnet_ids" {
  type = list(string)
}

resource "aws_eks_cluster" "triage" {
  name     = "triage"
  role_arn = aws_iam_role.cluster.arn
  version  = "1.33"
  vpc_config {
    subnet_ids             = var.subnet_ids
    endpoint_public_access = false
  }
}

# vLLM with mistral-small-3.2-24b-instruct-2506, two nodes for availability
resource "aws_eks_node_group" "model" {
  cluster_name    = aws_eks_cluster.triage.name
  node_group_name = "model-gpu"
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.subnet_ids
  instance_types  = ["g6e.2xlarge"]
  scaling_config {
    desired_size = 2
    min_size     = 2
    max_size     = 4
  }
}

resource "aws_ecr_repository" "support_triage" {
  name                 = "support-triage"
  image_tag_mutability = "IMMUTABLE"
}

resource "aws_secretsmanager_secret" "desk" {
  name        = "support-triage/desk"
  description = "Token of triage-agent for the ticket system; rotated every 30 days"
}

resource "aws_iam_role" "cluster" {
  name               = "triage-cluster"
  assume_role_policy = data.aws_iam_policy_document.assume["eks.amazonaws.com"].json
}

resource "aws_iam_role" "node" {
  name               = "triage-node"
  assume_role_policy = data.aws_iam_policy_document.assume["ec2.amazonaws.com"].json
}

data "aws_iam_policy_document" "assume" {
  for_each = toset(["eks.amazonaws.com", "ec2.amazonaws.com"])
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = [each.value]
    }
  }
}

# The audit sink: write once, 400 days, as in docs/audit-schema.md. Redacted ticket text is part of the record and leaves with it.
resource "aws_s3_bucket" "audit" {
  bucket              = "northgate-triage-audit"
  object_lock_enabled = true
}

resource "aws_s3_bucket_object_lock_configuration" "audit" {
  bucket = aws_s3_bucket.audit.id
  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = 400
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "audit" {
  bucket = aws_s3_bucket.audit.id
  rule {
    id     = "expire"
    status = "Enabled"
    filter {}
    expiration {
      days = 400
    }
  }
}

# AWS bills in US dollars; 6,000 USD are the monthly cap of 5,500 EUR in aipp.yaml with some room for the rate.
resource "aws_budgets_budget" "triage" {
  name         = "support-triage"
  budget_type  = "COST"
  limit_amount = "6000"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = ["user:service$support-triage"]
  }

  dynamic "notification" {
    for_each = [50, 80, 100]
    content {
      comparison_operator        = "GREATER_THAN"
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      notification_type          = "ACTUAL"
      subscriber_email_addresses = ["support-triage-oncall@northgate.example"]
    }
  }
}
