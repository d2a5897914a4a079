import { ArgsType, Field, ID } from 'type-graphql';
import { IsPlainId } from './rules.ts';

@ArgsType()
export class ProjectArgs {
  @Field(() => ID, { description: 'Huawei Cloud project ID, usually 32 characters.' })
  @IsPlainId()
  projectId!: string;
}

@ArgsType()
export class LogGroupArgs extends ProjectArgs {
  @Field(() => ID, { description: 'Log group ID, usually 36 characters.' })
  @IsPlainId()
  groupId!: string;
}

@ArgsType()
export class LogStreamArgs extends LogGroupArgs {
  @Field(() => ID, { description: 'Log stream ID, usually 36 characters.' })
  @IsPlainId()
  streamId!: string;
}
