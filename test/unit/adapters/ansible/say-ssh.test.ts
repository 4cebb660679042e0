// What ssh says, in a sentence. The texts are those of OpenSSH 9.2 as Ansible hands them on.
import { expect } from 'chai'
import { saySsh } from '../../../../src/adapters/ansible/say-ssh.ts'

const changed = `Task failed: Data could not be sent to remote host "192.168.56.52". Make sure this host can be reached over ssh: @@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Add correct host key in /lab/known_hosts to get rid of this message.
Offending ED25519 key in /lab/known_hosts:15
  remove with:
  ssh-keygen -f "/lab/known_hosts" -R "192.168.56.52"
Host key for 192.168.56.52 has changed and you have requested strict checking.
Host key verification failed.`

describe('what ssh says', () => {
  it('a changed host key: the file, and the command that forgets it', () => {
    expect(saySsh(changed)).to.equal(
      'the host key of 192.168.56.52 is not the one in /lab/known_hosts: if the host was made anew, ssh-keygen -f /lab/known_hosts -R 192.168.56.52',
    )
  })

  it('a host key that was never seen', () => {
    expect(
      saySsh('No ED25519 host key is known for es-data01 and you have requested strict checking.'),
    ).to.equal('the host key of es-data01 is not known: log in by ssh once, and compare it')
  })

  it('anything else, without the wrapping', () => {
    expect(
      saySsh(
        'Task failed: Data could not be sent to remote host "10.0.0.1". Make sure this host can be reached over ssh: No route to host',
      ),
    ).to.equal('No route to host')
    expect(saySsh('no reason was given')).to.equal('no reason was given')
  })
})
