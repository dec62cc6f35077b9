import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { ChangePolicyHandler, CreateExportHandler, EXPORTS, POLICIES } from '#evidence';
import { AcceptInvitationHandler, ADMINISTRATION, AdministerHandler } from '#identity';
import { ChangesController } from './changes.controller.ts';
import { ClientsController } from './clients.controller.ts';
import { ExportsController } from './exports.controller.ts';
import { HealthController } from './health.controller.ts';
import { GOVERNANCE, type GovernanceHouse } from './house.ts';
import { InvitationsController } from './invitations.controller.ts';
import { KeysController } from './keys.controller.ts';
import { LogController } from './log.controller.ts';
import { MembersController } from './members.controller.ts';
import { PoliciesController } from './policies.controller.ts';
import { ProblemFilter } from './problem.filter.ts';
import { RecordsController } from './records.controller.ts';
import { SessionController } from './session.controller.ts';
import { SettingsController } from './settings.controller.ts';
import { SitesController } from './sites.controller.ts';

@Module({})
class GovernanceModule {}

/** The governance API: controllers that read views, and the CommandBus for what changes something. */
export function governanceModule(house: GovernanceHouse): DynamicModule {
  return {
    module: GovernanceModule,
    imports: [CqrsModule.forRoot()],
    controllers: [
      RecordsController,
      LogController,
      ExportsController,
      PoliciesController,
      SessionController,
      InvitationsController,
      MembersController,
      SitesController,
      KeysController,
      ClientsController,
      ChangesController,
      SettingsController,
      HealthController,
    ],
    providers: [
      { provide: GOVERNANCE, useValue: house },
      { provide: EXPORTS, useValue: house.exports },
      { provide: POLICIES, useValue: house.policies },
      { provide: ADMINISTRATION, useValue: house.administration },
      { provide: APP_FILTER, useClass: ProblemFilter },
      CreateExportHandler,
      ChangePolicyHandler,
      AdministerHandler,
      AcceptInvitationHandler,
    ],
  };
}
