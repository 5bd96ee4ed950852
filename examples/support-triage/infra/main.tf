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
