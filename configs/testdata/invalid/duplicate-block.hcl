collector {
  disk {
  }
  disk { # WANT disk is described twice, first at duplicate-block.hcl:2
  }
}
