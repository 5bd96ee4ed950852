# Training runs in AWS (GPU nodes, only while a training job runs), the control plane of the edge clusters too.
# Inference and data stay on our own machines in Galway and Cork; see docs/adr/0001-placement.md.
terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.18.0"
    }
  }
  backend "s3" {
    bucket       = "corrib-terraform-state"
    key          = "invoice-intake/terraform.tfstate"
    region       = "eu-west-1"
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-west-1"
  default_tags {
    tags = { service = "invoice-intake", owner = "praman" }
  }
}

resource "aws_eks_cluster" "control" {
  name     = "intake-control"
  role_arn = aws_iam_role.control.arn
  version  = "1.33"
  vpc_config {
    subnet_ids             = var.subnet_ids
    endpoint_public_access = false
  }
}

resource "aws_eks_node_group" "training" {
  cluster_name    = aws_eks_cluster.control.name
  node_group_name = "training-gpu"
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.subnet_ids
  instance_types  = ["g6.2xlarge"]
  scaling_config {
    desired_size = 0
    min_size     = 0
    max_size     = 2
  }
}

resource "aws_ecr_repository" "invoice_intake" {
  name                 = "invoice-intake"
  image_tag_mutability = "IMMUTABLE"
  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_secretsmanager_secret" "erp" {
  name        = "invoice-intake/erp"
  description = "Service account of the agent in the ERP; rotated every 30 days"
}

variable "subnet_ids" {
  type = list(string)
}
