variable "portal" { # WANT the variable "portal" has no value, want portal = … in variables { }, or a default
}
