collector {
  silence = "45s" # WANT silence is a block, want silence { … } without an equals sign
}
