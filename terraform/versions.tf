terraform {
  required_version = ">= 1.5"

  required_providers {
    vsphere = {
      source  = "vmware/vsphere"
      version = "~> 2.10"
    }
  }
}

# Server and login come from VSPHERE_SERVER, VSPHERE_USER and VSPHERE_PASSWORD: none of them belongs in a file.
provider "vsphere" {}
