// Run by `npm run sbom`: prints the packages that production needs as CycloneDX, from the lock file alone.
// `npm sbom --omit=dev` leaves out those that development needs as well (https://github.com/npm/cli/issues/7909). So it gets
// a project without dependencies for development.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const { devDependencies: _, ...project } = read('package.json');
const lock = read('package-lock.json');
delete lock.packages[''].devDependencies;
for (const [name, { dev }] of Object.entries(lock.packages)) if (dev) delete lock.packages[name];

const temporary = mkdtempSync(path.join(tmpdir(), 'sbom-'));
const folder = path.join(temporary, project.name); // npm names the application after its folder
mkdirSync(folder);
writeFileSync(path.join(folder, 'package.json'), JSON.stringify(project));
writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(lock));
const options = ['--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
execFileSync('npm', ['sbom', `--prefix=${folder}`, ...options], { stdio: 'inherit' });
rmSync(temporary, { recursive: true });
