collector {
}
collector { # WANT collector is described twice, first at duplicate-collector.hcl:1
}
