/** What the tests in test/ import, in one bundle: messages must be of the same copy. */
export { create } from '@bufbuild/protobuf';
export { Code, ConnectError } from '@connectrpc/connect';
export * from './client';
export * from './colours';
export * from './images';
export * from './overlay';
export * from './session';
export * from './slices';
export * from './gen/mrnet/imaging/v1/event_pb';
export * from './gen/mrnet/imaging/v1/model_pb';
export * from './gen/mrnet/imaging/v1/request_pb';
