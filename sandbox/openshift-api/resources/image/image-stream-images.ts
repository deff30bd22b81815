import type { Store } from '../../store.ts';
import { badRequest, notFound } from '../../rest/status.ts';
import { findStream } from './image-streams.ts';
import { imageSchema } from './images.ts';
import type { Resource } from '../resource.ts';

const subject = {
  group: 'image.openshift.io',
  plural: 'imagestreamimages',
  kind: 'ImageStreamImage',
};

/** `stream@digest`: an image as one of a stream that has or had it under a tag. */
export function imageStreamImages(store: Store): Resource {
  return {
    ...subject,
    singular: 'imagestreamimage',
    namespaced: true,
    shortNames: ['isimage'],
    fields: [],
    fieldsOf: () => ({}),
    async get({ name, namespace }) {
      const [, streamName, digest] = /^([^@]+)@(.+)$/.exec(name) ?? [];
      if (streamName === undefined || digest === undefined) {
        throw badRequest(
          `image stream images must be named <stream>@<digest>, got ${JSON.stringify(name)}`,
        );
      }
      const stream = await findStream(store, { name: streamName, namespace });
      const items = stream.status.tags.flatMap((tag) => tag.items);
      const [image] = await store.read([{ resource: 'images', name: digest }]);
      if (image === undefined || !items.some((item) => item.image === digest)) {
        throw notFound(subject, name);
      }
      const { uid, creationTimestamp, resourceVersion } = image.metadata;
      return {
        kind: subject.kind,
        apiVersion: `${subject.group}/v1`,
        metadata: { name, namespace, uid, creationTimestamp, resourceVersion },
        image: imageSchema.parse(image),
      };
    },
  };
}
