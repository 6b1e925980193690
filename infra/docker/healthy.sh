#!/bin/bash
# 0 if this container's program says that it is well. HEALTH_PORT: 8001 coordinator, 8002 node; 0: nothing to ask.
port=${HEALTH_PORT:-8001}
[ "$port" = 0 ] && exit 0
exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
printf 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
read -r -t 8 _ status _ <&3
[ "$status" = 200 ]
