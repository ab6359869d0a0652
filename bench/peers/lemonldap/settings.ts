import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { DEBIAN } from '../place.ts'
import type { Postgres } from '../postgres.ts'

export const HOST = 'auth.bench.example'

type Where = { data: string; port: number; postgres: Postgres; database: string }

/** Debian's configuration with people, sessions and secrets in PostgreSQL; what it does about pages, mail and registration is switched off. */
export function configuration({ data, port, postgres, database }: Where): string {
  const chain = `dbi:Pg:host=127.0.0.1;port=${postgres.port};dbname=${database}`
  const store = { DataSource: chain, UserName: 'bench', Password: '', Commit: 1, generateModule: GENERATE }
  const asItComes = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(readFileSync(join(DEBIAN, 'var/lib/lemonldap-ng/conf/lmConf-1.json'), 'utf8')))
  return JSON.stringify({
    ...asItComes,
    ...{ authentication: 'DBI', userDB: 'DBI', passwordDB: 'Null', registerDB: 'Null' },
    ...{
      domain: 'bench.example',
      portal: `http://${HOST}:${port}/`,
      securedCookie: 0,
      locationRules: { [HOST]: { default: 'accept' } },
      exportedHeaders: {},
    },
    ...{ dbiAuthChain: chain, dbiAuthUser: 'bench', dbiAuthPassword: '', dbiAuthTable: 'people', dbiUserTable: 'people' },
    ...{
      dbiAuthLoginCol: 'login',
      dbiAuthPasswordCol: 'password',
      dbiPasswordMailCol: 'mail',
      dbiExportedVars: { uid: 'login', mail: 'mail' },
    },
    ...{ globalStorage: STORE, globalStorageOptions: { ...store, TableName: 'sessions' } },
    ...{ persistentStorage: STORE, persistentStorageOptions: { ...store, TableName: 'psessions' } },
    localSessionStorageOptions: { ...CACHE, cache_root: join(data, 'cache'), namespace: 'lemonldap-ng-sessions' },
    ...{ totp2fActivation: 1, totp2fSelfRegistration: 0, requireToken: 0, formTimeout: 600 },
    ...{ captcha_mail_enabled: 0, captcha_register_enabled: 0, portalDisplayResetPassword: 0, portalDisplayRegister: 0 },
  })
}

const STORE = 'Apache::Session::Browseable::PgJSON'
const GENERATE = 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256'
const CACHE = { cache_depth: 3, default_expires_in: 600, directory_umask: '007' }

export function initialisation(data: string): string {
  const cache = `'namespace' => 'lemonldap-ng-config', 'default_expires_in' => 600, 'directory_umask' => '007', 'cache_root' => '${data}/cache', 'cache_depth' => 3`
  return `[all]
logLevel = error
checkTime = 3600
logger = Lemonldap::NG::Common::Logger::Std
userLogger = Lemonldap::NG::Common::Logger::Null
[configuration]
type = File
dirName = ${data}/conf
localStorage = Cache::FileCache
localStorageOptions = { ${cache} }
[portal]
staticPrefix = /static
templateDir = ${DEBIAN}/usr/share/lemonldap-ng/portal/templates
languages = en
[handler]
status = 0
`
}

/** Debian's site for nginx, with its FastCGI server behind it. */
export function site(data: string, port: number): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${data}/temporary;`)
  return `worker_processes auto;
daemon off;
pid ${data}/nginx.pid;
error_log ${data}/nginx.log error;
events { worker_connections 1024; }
http {
  access_log off;
${folders.join('\n')}
  keepalive_requests 1000000;
  upstream portal { server unix:${data}/llng.sock; }
  server {
    listen 127.0.0.1:${port};
    server_name ${HOST};
    root ${DEBIAN}/usr/share/lemonldap-ng/portal/htdocs/;
    if ($uri !~ ^/((static|javascript|favicon).*|.*\\.psgi)) { rewrite ^/(.*)$ /index.psgi/$1 break; }
    location ~ ^(?<sc>/.*\\.psgi)(?:$|/) {
      include ${DEBIAN}/etc/nginx/fastcgi_params;
      fastcgi_pass portal;
      fastcgi_param HTTP_HOST $host;
      fastcgi_param LLTYPE psgi;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_split_path_info ^(.*\\.psgi)(/.*)$;
      fastcgi_param PATH_INFO $fastcgi_path_info;
    }
  }
}
`
}
