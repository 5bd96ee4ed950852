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
